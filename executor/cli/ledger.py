"""executor orders, executor show: what the ledger holds."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import click
from rich.text import Text

from executor.cli.opening import in_words, opened
from executor.cli.screen import compact, console, facts, plain, styled, table
from executor.config import outline
from executor.core.order import State
from executor.errors import ExecutorError
from executor.ledger import OrderRow, Receipt, SendRow, Transition


@click.command()
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only orders in this state.")
@click.option("--account", help="Only this account's.")
@click.option("--symbol", help="Only this symbol's.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@click.pass_obj
def orders(config: str, state: str | None, account: str | None, symbol: str | None, limit: int) -> None:
    """List orders, newest first, and the halts in force."""
    with opened(outline(config, os.environ)) as ledger:
        halts, now = ledger.halts.in_force(), datetime.now(UTC)
        found = ledger.queries.orders(
            state=State(state) if state else None, account=account, symbol=symbol, limit=limit
        )
    for halt in halts:
        console().print(Text(f"halted: {in_words(halt, now)}", "red"))
    shown = table("when (UTC)", "receipt", "order")
    for order in found:
        shown.add_row(f"{order.updated_at:%m-%d %H:%M:%S}", order.receipt, _line(order))
    console().print(shown if found else "no orders")


@click.command()
@click.argument("receipt")
@click.option("--json", "as_json", is_flag=True, help="As the receipt's JSON.")
@click.pass_obj
def show(config: str, receipt: str, as_json: bool) -> None:
    """Show the whole story of an alert, by its receipt."""
    with opened(outline(config, os.environ)) as ledger:
        found = ledger.queries.receipt(receipt)
    if found is None:
        raise ExecutorError(f"the ledger knows no receipt {receipt!r}; `executor orders` lists the newest")
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
    else:
        _tell(found)


def _line(order: OrderRow) -> Text:
    told = Text(f"{order.intent.lane} → {order.intent.target}: ").append_text(styled(order.state))
    for words in filter(None, (order.reason, _awaited(order))):
        told.append(f"\n{words}", "dim")
    return told


def _tell(receipt: Receipt) -> None:
    screen = console()
    screen.print(Text(receipt.receipt, "bold"))
    screen.print(facts([("received", f"{_moment(receipt.received_at)}, from {receipt.sender}")]))
    screen.print(facts((name, plain(value)) for name, value in receipt.fields.items()))
    for order in receipt.orders:
        screen.print()
        headline = Text(f"{order.intent.lane}  {order.intent.rule} → {order.intent.target}: ", "bold")
        screen.print(headline.append_text(styled(order.state)))
        screen.print(facts(_facts(order)))
        screen.print(facts(map(_step, receipt.history[order.id])))
        for send in order.sends:
            screen.print(facts(_sending(send)))


def _facts(order: OrderRow) -> Iterator[tuple[str, str]]:
    if order.reason:
        yield "reason", order.reason
    if awaited := _awaited(order):
        yield "awaits", awaited
    if order.position_before is not None:
        yield "before", str(order.position_before)
    if order.decided:
        yield "decided", order.decided
    if order.position_after is not None:
        yield "after", str(order.position_after)


def _awaited(order: OrderRow) -> str:
    """Why an order has no end yet, and until when its request may run."""
    until = f"it may still run until {order.may_run_until:%H:%M:%S} UTC at the latest" if order.may_run_until else ""
    return "; ".join(filter(None, (order.awaits, until)))


def _step(step: Transition) -> tuple[str, Text]:
    told = styled(step.state)
    return _moment(step.at), told.append(f"  {step.reason}", "default") if step.reason else told


def _sending(send: SendRow) -> Iterator[tuple[str, str]]:
    named = f", order {send.exchange_order_id}" if send.exchange_order_id else ""
    yield "sent", f"{_moment(send.at)} as {send.client_order_id}: {send.outcome or 'no outcome yet'}{named}"
    yield "request", f"POST {send.operation} {compact(send.request)}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} UTC"
