"""`may` of a sender: the rules, accounts and symbols it can reach, and whether that makes sense with the rules."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from executor.config.complaints import did_you_mean
from executor.config.scalars import Line
from executor.config.settings import Settings
from executor.config.source import Source
from executor.core.rules import May as CoreMay
from executor.core.rules import Rule, RuleBook
from executor.core.rules.index import literals_of

Listed = Annotated[list[Line], Field(min_length=1)] | None


class May(Settings):
    """What a sender can reach. An alert for anything else is refused (403), whichever rule it matches."""

    rules: Listed = Field(None, description="Names of rules; left out: all.")
    accounts: Listed = Field(None, description="Names of accounts; left out: all.")
    symbols: Listed = Field(None, description="Names of symbols; left out: all.")

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not self.listed():
            raise ValueError("limits nothing: list rules, accounts or symbols, or leave it out")
        return self

    def compiled(self, sender: str) -> CoreMay:
        return CoreMay(sender, {kind: frozenset(names) for kind, names in self.listed().items()})

    def listed(self) -> dict[str, list[str]]:
        every = {"rules": self.rules, "accounts": self.accounts, "symbols": self.symbols}
        return {kind: names for kind, names in every.items() if names is not None}


def complain_of_unknown(source: Source, sender: str, may: May, known: Mapping[str, tuple[str, ...]]) -> None:
    """Names that nothing has. A section without any name has a complaint of its own."""
    for kind, names in may.listed().items():
        for at, name in enumerate(names):
            if known[kind] and name not in known[kind]:
                missing = f"there is no {kind.removesuffix('s')} {name}{did_you_mean(name, known[kind])}"
                source.complain(("senders", sender, "may", kind, at), missing)


def complain_of_barred(source: Source, at: int, rule: Rule, book: RuleBook) -> None:
    """A rule that asks for a sender which may not have what the rule wants: all its alerts would be refused."""
    symbol = None if rule.symbol.constant is None else book.tickers.get(rule.symbol.constant)
    for sender in literals_of(rule.when).get("sender", ()):
        if barred := book.barred(str(sender), rule, symbol):
            source.complain(("rules", at, "when", "sender"), f"every alert of it would be refused: {barred}")
