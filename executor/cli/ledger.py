"""executor orders, executor show: what the ledger holds."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from executor.cli.screen import console, styled, table
from executor.core.order import State
from executor.errors import ExecutorError
from executor.ledger import Ledger, OrderRow, Receipt, open_ledger


@contextmanager
def opened(config: str) -> Iterator[Ledger]:
    """The ledger that config.yaml names, if its tables are of this version."""
    from executor.config import load

    ledger = open_ledger(load(config, os.environ).ledger_url)
    try:
        ledger.check_version()
        yield ledger
    finally:
        ledger.close()


@click.command()
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only orders in this state.")
@click.option("--account", help="Only this account's.")
@click.option("--symbol", help="Only this symbol's.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@click.pass_obj
def orders(config: str, state: str | None, account: str | None, symbol: str | None, limit: int) -> None:
    """List orders, newest first."""
    with opened(config) as ledger:
        found = ledger.orders(state=State(state) if state else None, account=account, symbol=symbol, limit=limit)
    shown = table("when (UTC)", "lane", "target", "state", "receipt")
    for order in found:
        when = f"{order.updated_at:%m-%d %H:%M:%S}"
        shown.add_row(when, str(order.intent.lane), order.intent.target, styled(order.state), order.receipt)
        if order.reason:
            shown.add_row("", f"[dim]{order.reason}[/dim]")
    console().print(shown if found else "no orders")


@click.command()
@click.argument("receipt")
@click.option("--json", "as_json", is_flag=True, help="As the receipt's JSON.")
@click.pass_obj
def show(config: str, receipt: str, as_json: bool) -> None:
    """Tell the whole story of an alert, by its receipt."""
    with opened(config) as ledger:
        found = ledger.receipt(receipt)
    if found is None:
        raise ExecutorError(f"the ledger knows no receipt {receipt!r}; `executor orders` lists the newest")
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
    else:
        _tell(found)


def _tell(receipt: Receipt) -> None:
    screen = console()
    screen.print(f"[bold]{receipt.receipt}[/bold]  {receipt.received_at:%Y-%m-%d %H:%M:%S} UTC  from {receipt.sender}")
    screen.print(json.dumps(dict(receipt.fields), ensure_ascii=False), markup=False)
    for order in receipt.orders:
        screen.print(f"\n{order.intent.lane}  {order.intent.rule} → {order.intent.target}: {styled(order.state)}")
        if order.reason:
            screen.print(f"  {order.reason}", markup=False)
        _tell_positions(order)
        for step in receipt.history[order.id]:
            screen.print(f"  {step.at:%H:%M:%S.%f}  {step.state:10}  {step.reason}", markup=False)
        for send in order.sends:
            screen.print(f"  sent {send.client_order_id} → {send.outcome or 'unknown'}", markup=False)
            screen.print(f"    {send.operation} {json.dumps(dict(send.request))}", markup=False)


def _tell_positions(order: OrderRow) -> None:
    if order.position_before is not None:
        after = "" if order.position_after is None else f", held after: {order.position_after}"
        console().print(f"  held before: {order.position_before}{after}")
