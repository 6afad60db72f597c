"""executor explain: what the server would do with an alert, stage by stage, by the server's own code."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import click

from executor.cli.failing import KNOWN_FAILURE
from executor.config import Config, load
from executor.core.alert import Alert, decode
from executor.core.contract import Contract
from executor.core.decision import Denied, Terms, Unneeded, decide
from executor.core.order import Intent, client_order_id, order_id
from executor.core.position import ZERO, Leg, Position
from executor.core.reversal import Operation, request_for
from executor.core.rules import RuleTrace, map_alert, trace
from executor.core.sender import Presented, authenticate, without_secrets
from executor.errors import AlertRefused, ExecutorError

_LEG = re.compile(r"(?P<leg>long|short)=(?P<size>[0-9]+(?:\.[0-9]+)?)")
_RECEIPT = "explain"


@dataclass
class Story:
    """What was found out, up to the refusal if there was one."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    sender: str = ""
    rules: tuple[RuleTrace, ...] = ()
    orders: list[dict[str, Any]] = field(default_factory=list)
    refusal: str | None = None


@click.command()
@click.argument("alert", type=click.File("rb"))
@click.option("--sender", help="Take this sender for proven; else the alert's own secret must prove one.")
@click.option("--position", "legs", multiple=True, metavar="LEG=SIZE", help="What is held: long=10. [default: flat]")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def explain(config: str, alert: Any, sender: str | None, legs: tuple[str, ...], as_json: bool) -> None:
    """Explain what would become of ALERT, a file or - for standard input. Sends nothing."""
    position = _position(legs)
    loaded = load(config, os.environ)
    story = Story()
    try:
        _tell_of(story, loaded, alert.read(), sender, position)
    except AlertRefused as refused:
        story.refusal = str(refused)
    click.echo(json.dumps(_as_json(story), indent=2, default=str) if as_json else _as_text(story, position))
    if story.refusal:
        sys.exit(KNOWN_FAILURE)


def _tell_of(story: Story, config: Config, body: bytes, name: str | None, position: Position) -> None:
    """Fill in the story; a refusal ends it where it happens."""
    story.sender, story.fields = _proven(config, body, name)
    alert = Alert.of(story.sender, story.fields, datetime.now(UTC), body)
    story.rules = trace(config.book, alert)
    for intent in map_alert(config.book, alert).intents:
        story.orders.append(_order(config, intent, position))


def _proven(config: Config, body: bytes, name: str | None) -> tuple[str, Mapping[str, Any]]:
    if name is not None:
        sender = config.senders.get(name)
        if sender is None:
            raise ExecutorError(f"config.yaml has no sender {name!r}; it has {', '.join(config.senders)}")
        return name, without_secrets(decode(body, sender.format), sender)
    refused: AlertRefused | None = None
    for name, sender in config.senders.items():
        try:
            return name, authenticate(sender, body, Presented()).fields
        except AlertRefused as error:
            refused = error
    raise refused or ExecutorError("config.yaml has no sender")


def _order(config: Config, intent: Intent, position: Position) -> dict[str, Any]:
    account, market = config.accounts[intent.account], config.symbols[intent.symbol].market
    contract = Contract(market.symbol, step=ZERO, places=12, minimum=ZERO)  # the real one is asked at the exchange
    decision = decide(intent, position, Terms(account.position_mode, contract, account.parameters.partial_one_way))
    told: dict[str, Any] = {
        "account": intent.account,
        "symbol": intent.symbol,
        "rule": intent.rule,
        "target": intent.target.value,
        "size": str(intent.size),
        "decision": decision.name,
        "why": str(decision),
        "request": None,
    }
    if not isinstance(decision, Unneeded | Denied):
        request = request_for(decision, market, account.position_mode, account.parameters)
        named = client_order_id(order_id(_RECEIPT, intent.lane, intent.rule), 1)
        client_id = {} if request.operation is Operation.CLOSE else {"clientOid": named}
        told["request"] = {"operation": request.operation.value, "body": request.body | client_id}
        told["position_after"] = str(decision.plan)
    return told


def _position(legs: tuple[str, ...]) -> Position:
    held = {}
    for text in legs:
        found = _LEG.fullmatch(text)
        if not found:
            raise click.UsageError(f"--position {text!r}: write long=10 or short=0.5")
        held[Leg(found["leg"])] = Decimal(found["size"])
    return Position(long=held.get(Leg.LONG, ZERO), short=held.get(Leg.SHORT, ZERO))


def _as_json(story: Story) -> dict[str, Any]:
    return {
        "sender": story.sender,
        "alert": dict(story.fields),
        "rules": [
            {
                "rule": rule.rule,
                "matched": rule.matched,
                "conditions": [
                    {"key": each.key, "expected": each.expected, "found": each.found, "held": each.held}
                    for each in rule.conditions
                ],
            }
            for rule in story.rules
        ],
        "orders": story.orders,
        "refusal": story.refusal,
    }


def _as_text(story: Story, position: Position) -> str:
    lines = []
    if story.sender:
        lines += ["alert", *(f"  {key}: {value}" for key, value in story.fields.items()), f"sender\n  {story.sender}"]
    for rule in story.rules:
        lines.append(f"rule {rule.rule}: {'matches' if rule.matched else 'does not match'}")
        for each in rule.conditions:
            mark = {True: "✓", False: "✗", None: "?"}[each.held]
            lines.append(f"  {mark} {each}")
    for order in story.orders:
        lines.append(f"order for {order['account']}/{order['symbol']}: target {order['target']}, size {order['size']}")
        lines.append(f"  position: {position}")
        lines.append(f"  decision: {order['decision']} ({order['why']})")
        if order["request"]:
            lines.append(f"  POST {order['request']['operation']}")
            lines.append(f"  {json.dumps(order['request']['body'])}")
            lines.append(f"  position afterwards: {order['position_after']}")
    if story.refusal:
        lines.append(f"refused: {story.refusal}")
    return "\n".join(lines)
