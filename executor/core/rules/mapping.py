"""From an alert to what it asks of each lane: the rules' answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from executor.core.alert import Alert
from executor.core.order import FINEST, Intent, Lane
from executor.core.position import Target
from executor.core.rules import meanings
from executor.core.rules.errors import NoRuleMatches
from executor.core.rules.rule import Rule, RuleBook
from executor.core.rules.tracing import nearest_miss
from executor.core.sizing import Size
from executor.core.values import Value, ValueRefused

Meaning = TypeVar("Meaning")
FOREVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the rules make of an alert, and by which keys a repetition of it is known, each for how long.

    A key repeats what one rule made of an alert, named by `rule_of`; a key that is not in there, the whole alert.
    """

    intents: tuple[Intent, ...]
    keys: Mapping[str, timedelta]
    rule_of: Mapping[str, str]


def map_alert(book: RuleBook, alert: Alert) -> Mapped:
    """The intents of the first matching rule, and of later ones after `continue`.

    Raises NoRuleMatches, NotAllowed or ValueRefused.
    """
    rules = list(book.matching(alert))
    if not rules:
        miss = nearest_miss(book, alert)
        raise NoRuleMatches(*miss) if miss else NoRuleMatches()
    intents = tuple(intent for rule in rules for intent in _intents(book, rule, alert))
    _refuse_two_for_one_lane(intents)
    return Mapped(intents, *_keys(rules, alert))


def _intents(book: RuleBook, rule: Rule, alert: Alert) -> Iterator[Intent]:
    """One intent per account of the rule; all of them or none, for a refusal comes before the first is used."""
    _refuse_barred(book, rule, alert, None)
    symbol = _meant(rule, "symbol", rule.symbol, alert, lambda text: meanings.symbol(text, book.tickers))
    _refuse_barred(book, rule, alert, symbol)
    target = _meant(rule, "target", rule.target, alert, lambda text: meanings.target(text, rule.words))
    leaves = _leaves(rule, alert)
    sent = None
    if rule.time is not None:
        sent = _meant(rule, "time", rule.time, alert, lambda text: meanings.sent_at(text, alert.received_at))
    for account in rule.accounts:
        yield Intent(
            account=account,
            symbol=symbol,
            rule=rule.name,
            target=target,
            size=_size(rule, rule.sizes[book.modes[account]], alert),
            when_flat=rule.when_flat,
            on_flat_target=rule.on_flat_target,
            expires_at=(sent.at if sent else alert.received_at) + rule.max_age,
            verify_for=rule.verify_for,
            signal_time=sent.at if sent else None,
            signal_step=sent.step if sent else FINEST,
            leaves=leaves,
        )


def _refuse_barred(book: RuleBook, rule: Rule, alert: Alert, symbol: str | None) -> None:
    if barred := book.barred(alert.sender, rule, symbol):
        raise barred


def _leaves(rule: Rule, alert: Alert) -> Target | None:
    """The side that is left. What is missing, empty or an unresolved placeholder does not say."""
    if rule.leaves is None:
        return None
    try:
        rule.leaves.render(alert)
    except ValueRefused:
        return None
    return _meant(rule, "from", rule.leaves, alert, lambda found: meanings.side(found, rule.words))


def _size(rule: Rule, size: Value | Size, alert: Alert) -> Size:
    return size if isinstance(size, Size) else _meant(rule, "size", size, alert, meanings.size)


def _keys(rules: Sequence[Rule], alert: Alert) -> tuple[dict[str, timedelta], dict[str, str]]:
    """The id of a signed message is known forever, with any body. Besides, each rule that has an `id` knows the alert
    by that, and one without by its body, unless that was signed. An `id` such as `Long` is one rule's own word: another
    rule means something else by it.
    """
    keys, rule_of = {}, {}
    if alert.message_id is not None:
        keys[f"{alert.sender}:message:{alert.message_id}"] = FOREVER
    for rule in rules:
        if rule.id is not None:
            known_by = f"id:{_meant(rule, 'id', rule.id, alert, meanings.identity)}"
        elif alert.message_id is None:
            known_by = f"body:{alert.digest}"
        else:
            continue
        key = f"{alert.sender}:rule:{rule.name}:{known_by}"
        keys[key], rule_of[key] = rule.dedupe_window, rule.name
    return keys, rule_of


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
                f"rule {rules[intent.lane]} has already decided for {intent.lane}; "
                "one alert can ask one thing of a lane",
                intent.rule,
                "accounts",
            )
        rules[intent.lane] = intent.rule
