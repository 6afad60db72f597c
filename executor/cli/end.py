"""executor end: end a doubt by hand, where the exchange shows no evidence that would end it."""

import os
from datetime import UTC, datetime

import click

from executor.cli.halts import login
from executor.cli.opening import opened
from executor.config import outline
from executor.core.order import State
from executor.errors import ExecutorError
from executor.ledger import Ledger, OrderRow

ENDABLE = (State.IN_DOUBT, State.ACCEPTED)


class NotEnded(ExecutorError):
    """The order is not in doubt, or its request may still run."""

    def __init__(self, order: OrderRow) -> None:
        if order.state not in ENDABLE:
            why = f"it is {order.state.value}, and only an order in doubt is ended by hand"
        elif order.may_run_until:
            why = (
                f"its request may still run until {order.may_run_until:%Y-%m-%d %H:%M:%S} UTC, and would turn the "
                "position after that; try again then"
            )
        else:
            why = f"it is {order.state.value}, and the executor has not said yet how long it may still run"
        super().__init__(f"{order.intent.lane} was not ended: {why}")


@click.command()
@click.argument("receipt")
@click.option("--reason", required=True, help="What you found at the exchange; it is kept with your name.")
@click.pass_obj
def end(config: str, receipt: str, reason: str) -> None:
    """End the orders of RECEIPT that are in doubt, or accepted without an end.

    Look at the exchange first: afterwards the lane goes on with its next signal from the position as it is. It is
    refused while a request may still run.
    """
    with opened(outline(config, os.environ)) as ledger:
        for order in _doubts(ledger, receipt):
            words = f"ended by {login()}: {reason}. It was in doubt: {order.reason or order.awaits}"
            if not ledger.orders.end_by_hand(order.id, datetime.now(UTC), words):
                raise NotEnded(_now(ledger, receipt, order))
            click.echo(f"ended: {order.intent.lane} → {order.intent.target}")


def _doubts(ledger: Ledger, receipt: str) -> list[OrderRow]:
    """The receipt's orders without an end at the exchange. Raises NotEnded if there are none."""
    found = ledger.queries.receipt(receipt)
    if found is None:
        raise ExecutorError(f"the ledger knows no receipt {receipt!r}; `executor orders` lists the newest")
    doubts = [order for order in found.orders if order.state in ENDABLE]
    if not doubts:
        raise NotEnded(found.orders[0])
    return doubts


def _now(ledger: Ledger, receipt: str, order: OrderRow) -> OrderRow:
    found = ledger.queries.receipt(receipt)
    return next((each for each in found.orders if each.id == order.id), order) if found else order
