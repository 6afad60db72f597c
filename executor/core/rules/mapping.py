"""From an alert to what it asks of each lane: the rules' answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from executor.core.alert import Alert
from executor.core.order import Intent, Lane
from executor.core.rules import meanings
from executor.core.rules.errors import NoRuleMatches, ValueRefused
from executor.core.rules.rule import Rule, RuleBook
from executor.core.rules.tracing import nearest_miss
from executor.core.rules.values import Value
from executor.core.sizing import Size

Meaning = TypeVar("Meaning")


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the rules make of an alert, and by which key a repetition of it is known for `dedupe_window`."""

    intents: tuple[Intent, ...]
    dedupe_key: str
    dedupe_window: timedelta
    explicit_id: bool  # the key is the sender's own id: the same one with another body is a contradiction


def map_alert(book: RuleBook, alert: Alert) -> Mapped:
    """The intents of the first matching rule, and of later ones after `continue`. NoRuleMatches or ValueRefused."""
    rules = list(book.matching(alert))
    if not rules:
        miss = nearest_miss(book, alert)
        raise NoRuleMatches(*miss) if miss else NoRuleMatches()
    first = rules[0]
    intents = tuple(intent for rule in rules for intent in _intents(book, rule, alert))
    _refuse_two_for_one_lane(intents)
    return Mapped(intents, _dedupe_key(first, alert), first.dedupe_window, first.id is not None)


def _intents(book: RuleBook, rule: Rule, alert: Alert) -> Iterator[Intent]:
    """One intent per account of the rule; all of them or none, for a refusal comes before the first is used."""
    symbol = _meant(rule, "symbol", rule.symbol, alert, lambda text: meanings.symbol(text, book.tickers))
    target = _meant(rule, "target", rule.target, alert, lambda text: meanings.target(text, rule.words))
    sent_at = None
    if rule.time is not None:
        sent_at = _meant(rule, "time", rule.time, alert, lambda text: meanings.sent_at(text, alert.received_at))
    for account in rule.accounts:
        yield Intent(
            account=account,
            symbol=symbol,
            rule=rule.name,
            target=target,
            size=_size(rule, rule.sizes[book.modes[account]], alert),
            when_flat=rule.when_flat,
            on_flat_target=rule.on_flat_target,
            expires_at=(sent_at or alert.received_at) + rule.max_age,
            verify_for=rule.verify_for,
            signal_time=sent_at,
        )


def _size(rule: Rule, size: Value | Size, alert: Alert) -> Size:
    return size if isinstance(size, Size) else _meant(rule, "size", size, alert, meanings.size)


def _dedupe_key(rule: Rule, alert: Alert) -> str:
    if rule.id is None:
        return f"{alert.sender}:body:{alert.digest}"
    return f"{alert.sender}:id:{_meant(rule, 'id', rule.id, alert, meanings.identity)}"


def _meant(rule: Rule, key: str, value: Value, alert: Alert, meaning: Callable[[str], Meaning]) -> Meaning:
    """What a key's value comes out as, and what that means; a refusal says which rule and key."""
    try:
        return meaning(value.render(alert))
    except ValueRefused as refused:
        raise refused.at(rule.name, key) from None


def _refuse_two_for_one_lane(intents: tuple[Intent, ...]) -> None:
    rules: dict[Lane, str] = {}
    for intent in intents:
        if intent.lane in rules:
            raise ValueRefused(
                f"rule {rules[intent.lane]} has already decided about {intent.lane}; one alert can ask one thing of it",
                intent.rule,
                "accounts",
            )
        rules[intent.lane] = intent.rule
