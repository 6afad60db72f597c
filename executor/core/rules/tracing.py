"""Why an alert took the way it took through the rules: for `explain`, and for the sentence of NoRuleMatches."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from executor.core.alert import Alert
from executor.core.rules.conditions import ConditionTrace
from executor.core.rules.rule import Rule, RuleBook

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
    """Of an alert that no rule matches: the rule of which the largest share of conditions holds, and its first miss."""
    by_index = (book.rules[place] for place in book.index.candidates(alert))
    tried = islice(chain(by_index, book.rules), TRIED_FOR_NEAREST)
    nearest = max(tried, key=lambda rule: _share(rule, alert), default=None)
    return (nearest.name, str(_trace(nearest, alert).first_miss)) if nearest else None


def _share(rule: Rule, alert: Alert) -> tuple[float, int]:
    held = sum(1 for condition in rule.when.conditions if condition.held(alert))
    return held / len(rule.when.conditions), held
