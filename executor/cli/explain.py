"""executor explain: what the server would do with an alert, stage by stage."""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import BinaryIO

import click
from rich.padding import Padding
from rich.text import Text

from executor.cli.explaining import ExplainedOrder, Story, explained, to_json
from executor.cli.failing import KNOWN_FAILURE
from executor.cli.screen import console, facts, plain, table
from executor.config import load
from executor.core.order import Intent
from executor.core.position import ZERO, Leg, Position
from executor.core.rules import ConditionTrace, RuleTrace

_LEG = re.compile(r"(?P<leg>long|short)=(?P<size>[0-9]{1,20}(?:\.[0-9]{1,20})?)")
MARKS = {True: Text("✓", "green"), False: Text("✗", "red"), None: Text("?", "yellow")}


def leg(text: str) -> tuple[Leg, Decimal]:
    """`long=10`."""
    found = _LEG.fullmatch(text)
    if not found:
        raise click.BadParameter(f"{text!r}: write long=10 or short=0.5")
    return Leg(found["leg"]), Decimal(found["size"])


@click.command()
@click.argument("alert", type=click.File("rb"))
@click.option("--sender", help="Use this sender without a check. Left out: the secret in the alert must prove one.")
@click.option("--position", "legs", multiple=True, type=leg, metavar="LEG=SIZE",
              help="What is held: long=10; may be repeated.  [default: flat]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def explain(
    config: str, alert: BinaryIO, sender: str | None, legs: Sequence[tuple[Leg, Decimal]], as_json: bool
) -> None:
    """Explain what would become of ALERT, a file or - for standard input.

    Sends nothing. Exits with 1 if the alert would be refused.
    """
    held = dict(legs)
    position = Position(long=held.get(Leg.LONG, ZERO), short=held.get(Leg.SHORT, ZERO))
    story = explained(load(config, os.environ), alert.read(), sender, position, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(to_json(story), indent=2, ensure_ascii=False, default=str))
    else:
        _tell(story)
    if story.refusal is not None:
        sys.exit(KNOWN_FAILURE)


def _tell(story: Story) -> None:
    screen = console()
    if story.sender is not None:
        _stage("alert")
        screen.print(facts((name, plain(value)) for name, value in story.fields.items()))
        how = f"proven by the {story.proven_by}" if story.proven_by else "secret not checked"
        _stage("sender", f"{story.sender}, {how}")
        if story.may:
            screen.print(facts([("may use", str(story.may))]))
    for rule in story.rules:
        _tell_rule(rule)
    for order in story.orders:
        _tell_order(order, story.position)
    if story.refusal is not None:
        _stage("refused", story.refusal, "bold red")
        if story.sender is None:
            click.echo("  (--sender NAME skips the check of secrets)")


def _stage(name: str, text: str = "", style: str = "bold") -> None:
    console().print(Text.assemble((name, style), f"  {text}" if text else ""))


def _tell_rule(rule: RuleTrace) -> None:
    _stage("rule", f"{rule.rule}: {'matches' if rule.matched else 'does not match'}")
    shown = table("", "key", "expected", "found")
    for condition, depth in _flattened(rule.conditions, 0):
        key = Text("  " * depth + (f"{condition.key}:" if condition.parts else condition.key))
        shown.add_row(MARKS[condition.held], key, Text(condition.expected), Text(condition.found))
    if rule.conditions:
        console().print(Padding(shown, (0, 0, 0, 2), expand=False))


def _flattened(conditions: Sequence[ConditionTrace], depth: int) -> Iterator[tuple[ConditionTrace, int]]:
    for condition in conditions:
        yield condition, depth
        yield from _flattened(condition.parts, depth + 1)


def _wanted(intent: Intent) -> str:
    """Only what turns or opens a side has a size."""
    wanted = f"{intent.target} from {intent.leaves}" if intent.leaves else str(intent.target)
    return f"{wanted}, size {intent.size}" if intent.target.leg else wanted


def _tell_order(order: ExplainedOrder, position: Position) -> None:
    _stage("order", f"{order.intent.lane}, by rule {order.intent.rule}")
    rows = [
        ("wanted", _wanted(order.intent)),
        ("held", str(position)),
        ("decision", f"{order.decision.name}: {order.decision}"),
    ]
    if order.too_old:
        rows.append(("but now", f"expired: {order.too_old}"))
    if order.request is not None:
        rows.append(("request", f"POST {order.path}"))
        rows.append(("", json.dumps(order.request, indent=2)))
        rows.append(("afterwards", str(order.position_after)))
    if order.in_doubt:
        rows.append(("in doubt", order.in_doubt))
    console().print(facts(rows))
