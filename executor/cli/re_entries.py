"""Where a rule's exits close, and its next entry finds nothing to reverse."""

from collections.abc import Iterator

from executor.config import Config
from executor.core.order import OnFlatTarget, WhenFlat
from executor.core.position import Target
from executor.core.rules import STANDARD_WORDS, Rule, meanings


def missing_entries(config: Config) -> Iterator[str]:
    """A sentence for each rule that cannot enter again after its own exits, or after those of another rule."""
    for rule in config.book.rules:
        if not _enters(rule) or rule.when_flat is WhenFlat.OPEN:
            continue
        closing = next((other for other in config.book.rules if _closes(other) and _meet(rule, other)), None)
        if closing:
            whose = "its" if closing is rule else f"rule {closing.name}'s"
            yield (
                f"{rule.name}: {whose} exits close, and with when_flat: {rule.when_flat} the next entry finds nothing "
                "to reverse; to enter again, write when_flat: open and a size"
            )


def _closes(rule: Rule) -> bool:
    """Whether it says that it closes. That any alert may name an exit does not count."""
    closes_flat = rule.on_flat_target is OnFlatTarget.CLOSE
    if always := _constant(rule):
        return always.exits is not None or (always is Target.FLAT and closes_flat)
    own_words = {word: target for word, target in rule.words.items() if word not in STANDARD_WORDS}
    return closes_flat or any(target.exits for target in own_words.values())


def _enters(rule: Rule) -> bool:
    always = _constant(rule)
    return always is None or always.leg is not None


def _constant(rule: Rule) -> Target | None:
    """The target, if it is the same for every alert."""
    text = rule.target.constant
    return None if text is None else meanings.target(text, rule.words)


def _meet(one: Rule, other: Rule) -> bool:
    """Whether both may want the same lane."""
    same_symbol = one.symbol.constant == other.symbol.constant or None in (one.symbol.constant, other.symbol.constant)
    return same_symbol and not set(one.accounts).isdisjoint(other.accounts)
