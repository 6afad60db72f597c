"""`may` of a sender: whether its names exist, and whether the rules ask for more."""

from collections.abc import Mapping

from executor.config.complaints import did_you_mean
from executor.config.model import MaySection
from executor.config.source import Source
from executor.core.rules import Rule, RuleBook, literals_of


def complain_of_unknown(source: Source, sender: str, may: MaySection, known: Mapping[str, tuple[str, ...]]) -> None:
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
            source.complain(("rules", at, "when", "sender"), f"every alert of this sender would be refused: {barred}")
