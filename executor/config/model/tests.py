"""`tests`: the configuration's own tests, each an alert, a position, and what must come of them."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from executor.config.model.scalars import Amount, Line, wrong
from executor.config.model.section import Section
from executor.core import ZERO, Target


class HeldLegs(Section):
    """The legs held, in base coin; `{}` is flat."""

    long: Amount = ZERO
    short: Amount = ZERO


class ContractLimits(Section):
    """The contract's limits, where a test is about rounding."""

    step: Amount
    minimum: Amount = ZERO


class Expected(Section):
    """What must come of it; keys left out are not compared."""

    decision: Literal["reverse", "open", "close", "unneeded", "denied", "refused"] | None = None
    rule: Line | None = None
    account: Line | None = None
    symbol: Line | None = None
    target: Annotated[Target, Field(strict=False)] | None = None
    side: Literal["buy", "sell"] | None = None
    trade_side: Line | None = Field(None, alias="tradeSide", description="null: must not be sent.")
    size: Line | None = Field(None, description="null: must not be sent.")
    reason: Line | None = Field(None, description="A part of the reason.")

    @model_validator(mode="after")
    def _can_fail(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("it expects nothing, so it cannot fail: write at least decision")
        return self


def _message(value: object) -> object:
    if not isinstance(value, dict | str):
        raise wrong("is not an alert: write its fields as a mapping, or a whole message as text")
    return value


class RuleTest(Section):
    """One test."""

    name: Line
    alert: Annotated[Any, BeforeValidator(_message), WithJsonSchema({"type": ["object", "string"]})] = Field(repr=False)
    sender: Line | None = Field(None, description="May be left out if there is just one.")
    position: HeldLegs = Field(HeldLegs(), description="What the account holds; flat if left out.")
    account: Line | None = Field(None, description="Whose order is compared; the first one's if left out.")
    contract: ContractLimits | None = None
    expect: Expected
