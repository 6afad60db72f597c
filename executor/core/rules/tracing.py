"""Why an alert took the way it took through the rules: for `explain`, and for the sentence of NoRuleMatches."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from executor.core.alert import Alert
from executor.core.rules.conditions import Comparison, Condition, ConditionTrace, read
from executor.core.rules.operators import Held
from executor.core.rules.rule import Rule, RuleBook
from executor.core.values import missing

TRIED_FOR_NEAREST = 300  # rules, so that a refusal stays quick however many there are


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule as it was tried: each condition of its `when`, and whether all hold."""

    rule: str
    matched: bool
    conditions: tuple[ConditionTrace, ...]

    @property
    def first_miss(self) -> ConditionTrace | None:
        return next((condition for condition in self.conditions if not condition.held), None)


def trace(book: RuleBook, alert: Alert) -> tuple[RuleTrace, ...]:
    """Every rule that was tried, in order: up to the first that matches without `continue`."""
    return tuple(_tried(book, alert))


def _tried(book: RuleBook, alert: Alert) -> Iterator[RuleTrace]:
    for rule in book.rules:
        tried = _trace(rule, alert)
        yield tried
        if tried.matched and not rule.go_on:
            return


def _trace(rule: Rule, alert: Alert) -> RuleTrace:
    whole = rule.when.trace(alert)
    return RuleTrace(rule.name, whole.held is True, whole.parts)


def nearest_miss(book: RuleBook, alert: Alert) -> tuple[str, str] | None:
    """Of an alert that no rule matches: the rule that came nearest, and its first condition that does not hold."""
    by_index = (book.rules[place] for place in book.index.candidates(alert))
    tried = islice(chain(by_index, book.rules), TRIED_FOR_NEAREST)
    nearest = max(tried, key=lambda rule: _nearness(rule, alert), default=None)
    return (nearest.name, str(_trace(nearest, alert).first_miss)) if nearest else None


def _nearness(rule: Rule, alert: Alert) -> tuple[bool, float, int]:
    """Rules for this sender come first; then how well the alert's own data fits; then how many conditions hold."""
    tried = [(condition, condition.held(alert)) for condition in rule.when.conditions]
    own = all(held is not False for condition, held in tried if _about_sender(condition))
    points = [_points(condition, held, alert) for condition, held in tried if not _about_sender(condition)]
    return own, sum(points) / max(len(points), 1), sum(1 for _, held in tried if held)


def _points(condition: Condition, held: Held, alert: Alert) -> int:
    """2 for data that fits, 1 for data that does not, 0 where there is none: the alert is of another shape."""
    if held is None or (isinstance(condition, Comparison) and missing(read(alert, condition.key))):
        return 0
    return 2 if held else 1


def _about_sender(condition: Condition) -> bool:
    return isinstance(condition, Comparison) and condition.key == "sender"
