"""What the server would do with an alert, stage by stage, by the server's own code. Asks no exchange, sends nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from executor.bitget.endpoints import ENDPOINTS
from executor.cli.short_ages import short_age
from executor.config import Config
from executor.core import (
    Decision,
    Denied,
    Intent,
    Operation,
    Position,
    Signal,
    Unneeded,
    Waiting,
    arrange,
    client_order_id,
    order_id,
    try_intent,
    unlimited,
)
from executor.core.alert import Alert, Fields, Undecodable, decode
from executor.core.rules import ConditionTrace, May, RuleTrace, map_alert, trace
from executor.core.sender import NotAuthenticated, Presented, Sender, authenticate, without_secrets
from executor.errors import AlertRefused, ExecutorError

RECEIPT = "explain"


@dataclass
class Story:
    """What was found out, up to the refusal if there was one. `sender` is None until one is proven.

    `may` is None if the sender can reach everything.
    """

    position: Position
    fields: Fields = field(default_factory=dict)
    sender: str | None = None
    proven_by: str | None = None
    may: May | None = None
    rules: tuple[RuleTrace, ...] = ()
    orders: tuple["ExplainedOrder", ...] = ()
    refusal: str | None = None


@dataclass(frozen=True)
class ExplainedOrder:
    """What would become of one intent. `too_old` says so if it would end expired instead, `in_doubt` what a doubt may
    come to.
    """

    intent: Intent
    decision: Decision
    too_old: str | None
    path: str | None = None
    request: Mapping[str, str] | None = None
    in_doubt: str | None = None

    @property
    def position_after(self) -> Position | None:
        return None if isinstance(self.decision, Unneeded | Denied) else self.decision.plan


def explained(config: Config, body: bytes, sender: str | None, position: Position, now: datetime) -> Story:
    """The story of an alert that arrives now. `sender` is not checked; None: the body's secret must prove one."""
    story = Story(position)
    try:
        _tell(story, config, body, sender, now)
    except AlertRefused as refused:
        story.refusal = str(refused)
    return story


def _tell(story: Story, config: Config, body: bytes, name: str | None, now: datetime) -> None:
    """Fill in the story; a refusal ends it where it happens."""
    if name is None:
        story.sender, story.fields, story.proven_by = _proven(config, body, now)
    else:
        sender = _named(config, name)
        story.fields = without_secrets(decode(body, sender.format), sender)
        story.sender = name
    story.may = config.book.may.get(story.sender)
    alert = Alert.of(story.sender, story.fields, now, body)
    story.rules = trace(config.book, alert)
    story.orders = tuple(
        _order(config, intent, story.position, now) for intent in map_alert(config.book, alert).intents
    )


def _named(config: Config, name: str) -> Sender:
    if name not in config.senders:
        raise ExecutorError(f"config.yaml has no sender {name!r}; it has {', '.join(config.senders)}")
    return config.senders[name]


def _proven(config: Config, body: bytes, now: datetime) -> tuple[str, Fields, str]:
    """The sender whose secret the body holds. A file tells no address and no certificate: neither is asked."""
    for sender in config.senders.values():
        try:
            proven = authenticate(replace(sender, networks=None, certificate=None), body, Presented(), now)
        except NotAuthenticated:
            continue
        return sender.name, proven.fields, proven.way.value
    faults = list(_faults(config, body))
    raise faults[0] if len(faults) == len(config.senders) else NotAuthenticated


def _faults(config: Config, body: bytes) -> Iterator[Undecodable]:
    """Why a body cannot show its secret: the server says 401 to it, and here the reason may be told."""
    for sender in config.senders.values():
        try:
            decode(body, sender.format)
        except Undecodable as fault:
            yield fault


def _order(config: Config, intent: Intent, position: Position, now: datetime) -> ExplainedOrder:
    account, market = config.accounts[intent.account], config.symbols[intent.symbol].market
    contract = unlimited(market.symbol)
    tried = try_intent(intent, position, contract, market, account.position_mode, account.parameters)
    decision, request = tried.decision, tried.request
    named = order_id(RECEIPT, intent.lane, intent.rule)
    too_old = next(
        (why for _, why in arrange([Waiting(named, intent, intent.expires_at, Signal.of(intent, now))], now).expired),
        None,
    )
    if request is None:
        return ExplainedOrder(intent, decision, too_old)
    client_id = {} if request.operation is Operation.CLOSE else {"clientOid": client_order_id(named, 1)}
    rule = next(rule for rule in config.book.rules if rule.name == intent.rule)
    in_doubt = short_age(config, rule, intent.account)
    return ExplainedOrder(
        intent, decision, too_old, ENDPOINTS[request.operation].path, request.body | client_id, in_doubt
    )


def to_json(story: Story) -> dict[str, Any]:
    """Every stage. Numbers of the alert are text, so that no digit is lost."""
    return {
        "sender": story.sender,
        "proven_by": story.proven_by,
        "may": None if story.may is None else story.may.to_json(),
        "alert": dict(story.fields),
        "rules": [
            {"rule": rule.rule, "matched": rule.matched, "conditions": list(map(_condition_json, rule.conditions))}
            for rule in story.rules
        ],
        "position": story.position.to_json(),
        "orders": list(map(_order_json, story.orders)),
        "refusal": story.refusal,
    }


def _condition_json(condition: ConditionTrace) -> dict[str, Any]:
    if condition.parts:
        return {condition.operator: list(map(_condition_json, condition.parts)), "held": condition.held}
    return {
        "key": condition.key,
        "operator": condition.operator,
        "expected": condition.expected,
        "found": condition.found,
        "held": condition.held,
    }


def _order_json(order: ExplainedOrder) -> dict[str, Any]:
    intent, after = order.intent, order.position_after
    return {
        "account": intent.account,
        "symbol": intent.symbol,
        "rule": intent.rule,
        "target": intent.target.value,
        "size": str(intent.size),
        "expires_at": intent.expires_at.isoformat(),
        "too_old": order.too_old,
        "in_doubt": order.in_doubt,
        "decision": order.decision.name,
        "why": str(order.decision),
        "request": None if order.request is None else {"path": order.path, "body": dict(order.request)},
        "position_after": None if after is None else after.to_json(),
    }
