"""`accounts`: where orders go, and with which credentials."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from executor.config.model.addresses import BaseUrl
from executor.config.model.scalars import Flag, duration, text, whole_number
from executor.config.model.section import Section
from executor.core import Leg, Parameters, PositionMode

SHORTEST_CREDENTIAL = 8  # Bitget, POST /api/v2/copy/mix-trader/create-copy-api: a passphrase; its keys are longer

Venue = Literal["simulator", "demo", "live"]


def _usable(value: SecretStr) -> SecretStr:
    """What is shorter could be a part of any word, and would not be hidden where the exchange repeats it."""
    credential = value.get_secret_value()
    if len(credential) < SHORTEST_CREDENTIAL:
        raise ValueError(f"no credential of Bitget's is shorter than {SHORTEST_CREDENTIAL} characters: copy all of it")
    if not (credential.isascii() and credential.isprintable() and " " not in credential):
        raise ValueError("it holds a character that no header can carry, such as a line break or a space: copy it anew")
    return value


Credential = Annotated[SecretStr, Field(min_length=1), AfterValidator(_usable)]
TradeSide = Annotated[str, text("a tradeSide such as open", r"[A-Za-z_]{1,20}")]


class ReversalFields(Section):
    """Fields of the reversal request; null leaves one out, a missing key keeps the built-in value."""

    side: Literal["buy", "sell"] | None = None
    trade_side: TradeSide | None = Field(None, alias="tradeSide")


class TurnParameters(Section):
    """The two ways a position can turn."""

    long_to_short: ReversalFields = ReversalFields()
    short_to_long: ReversalFields = ReversalFields()


class ParameterTable(Section):
    """This account's own reading of the reversal table."""

    hedge: TurnParameters = TurnParameters()
    one_way: TurnParameters = Field(TurnParameters(), alias="one-way")
    partial_one_way: Flag = Field(False, description="Whether a one-way account may reverse less than it holds.")

    def compiled(self) -> Parameters:
        modes = {PositionMode.HEDGE: self.hedge, PositionMode.ONE_WAY: self.one_way}
        return Parameters(
            {
                (mode, leg): fields.model_dump(by_alias=True, exclude_unset=True)
                for mode, turns in modes.items()
                for leg, fields in ((Leg.LONG, turns.long_to_short), (Leg.SHORT, turns.short_to_long))
                if fields.model_fields_set
            },
            self.partial_one_way,
        )


class AccountSection(Section):
    """One account at the exchange."""

    venue: Venue = Field(description="simulator: our own exchange. demo: Bitget's demo trading. live: money.")
    position_mode: Annotated[PositionMode, Field(strict=False)] = Field(
        description="How the account is set at the exchange; checked there, never switched."
    )
    api_key: Credential | None = Field(None, description="Needed for demo and live.")
    api_secret: Credential | None = Field(None, description="Needed for demo and live.")
    api_passphrase: Credential | None = Field(None, description="Needed for demo and live.")
    base_url: BaseUrl | None = Field(None, description="Another host for the same API; the venue's own if left out.")
    rate_limit: Annotated[int, whole_number(1, 1000)] = Field(
        10, description="Reversals per second; 1 for copy-trading traders."
    )
    parameters: ParameterTable = Field(ParameterTable(), description="Overrides of the reversal's request fields.")
    position_max_age: Annotated[timedelta, duration("0", "60s")] = Field(
        timedelta(seconds=1), description="How old a position read may be for a decision; 0 reads before every order."
    )
    late_reads: Annotated[timedelta, duration("0", "5m")] | None = Field(
        None,
        description="How long the exchange's reads may lag behind what has run. Left out: 5s, and 15s where a request "
        "that ran twice would do harm.",
    )
    answered_doubt: Annotated[timedelta, duration("0", "1h")] = Field(
        timedelta(minutes=3),
        description="How long a request that the exchange has answered in doubt may still run, where a second run "
        "would do harm.",
    )

    def credentials(self) -> set[str]:
        """The secrets themselves, as far as they are given."""
        given = (self.api_key, self.api_secret, self.api_passphrase)
        return {secret.get_secret_value() for secret in given if secret}

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        needed = ("api_key", "api_secret", "api_passphrase")
        lacking = [name for name in needed if getattr(self, name) is None]
        if self.venue != "simulator" and lacking:
            raise ValueError(
                f"venue {self.venue} needs {', '.join(lacking)}: write {lacking[0]}: ${{BITGET_{lacking[0].upper()}}}"
            )
        return self
