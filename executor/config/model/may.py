"""`may` of a sender: the rules, accounts and symbols it can reach."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from executor.config.model.scalars import Line
from executor.config.model.section import Section
from executor.core.rules import May

Listed = Annotated[list[Line], Field(min_length=1)] | None


class MaySection(Section):
    """What a sender can reach. An alert for anything else is refused (403), whichever rule it matches."""

    rules: Listed = Field(None, description="Names of rules; left out: all.")
    accounts: Listed = Field(None, description="Names of accounts; left out: all.")
    symbols: Listed = Field(None, description="Names of symbols; left out: all.")

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not self.listed():
            raise ValueError("limits nothing: list rules, accounts or symbols, or leave it out")
        return self

    def compiled(self, sender: str) -> May:
        return May(sender, {kind: frozenset(names) for kind, names in self.listed().items()})

    def listed(self) -> dict[str, list[str]]:
        every = {"rules": self.rules, "accounts": self.accounts, "symbols": self.symbols}
        return {kind: names for kind, names in every.items() if names is not None}
