"""What people and programs read from the ledger. Nothing here writes.

Of the orders that have ended the overview looks only at the newest RECENT, and
counting remembers what it has counted: both stay quick however long the ledger
is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select

from executor.core.order import DECISIVE, Lane, State
from executor.core.position import Target
from executor.core.reversal import Operation
from executor.ledger.columns import from_microseconds, to_microseconds, transitions
from executor.ledger.halts import halts_in_force
from executor.ledger.nodes import count_live_nodes
from executor.ledger.order_rows import (
    ORDERS,
    order_with_key,
    orders_of,
    orders_where,
    selected_orders,
    unfinished_of,
)
from executor.ledger.records import Counts, Differing, KeyInUse, OrderRow, Overview, Receipt
from executor.ledger.steps import NOT_DONE
from executor.ledger.tables import alerts, has_differed, in_flight, orders, sends, unfinished
from executor.ledger.tally import Tally
from executor.ledger.transactions import Subject, Transaction, Transactions, reading

RECENT = 5000  # orders that have ended
TOLD_FOR = timedelta(days=1)
MOST_DIFFERING = 5

_IS_RECENT = orders.c.seq > select(func.max(orders.c.seq) - RECENT).scalar_subquery()
_AIM = func.coalesce(orders.c.intent["read_as"].as_string(), orders.c.intent["target"].as_string())
_IS_EXIT = _AIM.in_([target.value for target in Target if target.exits])
# An order that its rule ignores ends as unneeded, too, but without a look at the position. An exit tells of its side
# alone.
_IS_DECISIVE = (
    orders.c.state.in_([state.value for state in DECISIVE])
    & orders.c.position_before.is_not(None)
    & (~_IS_EXIT | (orders.c.state == State.INCOMPLETE.value))
)
_HAS_EXITED = _IS_EXIT & orders.c.state.in_([State.CONFIRMED.value, State.UNNEEDED.value])
_COUNT_WAITING = select(func.count()).select_from(orders).where(unfinished)
_ALERT = select(alerts).where(alerts.c.receipt == bindparam("receipt"))
_HISTORY = select(orders.c.id, orders.c.history).where(orders.c.receipt == bindparam("receipt"))
_DIFFERING = (
    select(alerts)
    .where(alerts.c.differed_at >= bindparam("since"), has_differed)
    .order_by(alerts.c.differed_at.desc())
    .limit(MOST_DIFFERING)
)
_MAY_HAVE_RUN = or_(
    sends.c.outcome.is_(None),
    sends.c.outcome.not_in((NOT_DONE, State.REJECTED.value)),
)
_COUNT_REVERSALS = (
    select(func.count())
    .select_from(sends)
    .where(sends.c.account == bindparam("account"))
    .where(sends.c.symbol == bindparam("symbol"))
    .where(sends.c.left_at >= bindparam("since"))
    .where(sends.c.operation == Operation.REVERSE.value)
    .where(_MAY_HAVE_RUN)
)


class Queries(Subject):
    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self._tally = Tally()

    @reading
    def receipt(self, tx: Transaction, receipt: str) -> Receipt | None:
        """An alert and everything that became of it."""
        alert = tx.connection.execute(_ALERT, {"receipt": receipt}).first()
        if alert is None:
            return None
        histories = tx.connection.execute(_HISTORY, {"receipt": receipt})
        return Receipt(
            receipt=alert.receipt,
            received_at=from_microseconds(alert.received_at),
            sender=alert.sender,
            fields=alert.fields,
            orders=orders_of(tx, receipt),
            history={row.id: transitions(row.history) for row in histories},
            differing=_differing(alert),
        )

    @reading
    def orders(
        self,
        tx: Transaction,
        *,
        state: State | None = None,
        account: str | None = None,
        symbol: str | None = None,
        limit: int = 50,
    ) -> tuple[OrderRow, ...]:
        """Newest first. Without a state, account or symbol: of all."""
        wanted = ORDERS.order_by(orders.c.seq.desc()).limit(limit)
        if state:
            wanted = wanted.where(orders.c.state == state.value)
        if account:
            wanted = wanted.where(orders.c.account == account)
        if symbol:
            wanted = wanted.where(orders.c.symbol == symbol)
        return selected_orders(tx, wanted)

    @reading
    def orders_in_flight(self, tx: Transaction) -> tuple[OrderRow, ...]:
        """At the exchange: sent, accepted or in doubt. Oldest first."""
        return orders_where(tx, in_flight)

    @reading
    def unfinished_orders(self, tx: Transaction, lane: Lane) -> tuple[OrderRow, ...]:
        """The lane's orders without an end, oldest first."""
        return unfinished_of(tx, lane)

    @reading
    def key_in_use(self, tx: Transaction, key_mark: str, symbol: str) -> KeyInUse | None:
        """The order in flight for this symbol at the account with that key, whatever its name."""
        return order_with_key(tx, key_mark, symbol)

    @reading
    def count_reversals(self, tx: Transaction, lane: Lane, window: timedelta) -> int:
        """How many of the lane were sent within the window up to now. Those that certainly did not run do not count."""
        wanted = {
            "account": lane.account,
            "symbol": lane.symbol,
            "since": tx.microseconds_after(-window),
        }
        return int(tx.connection.execute(_COUNT_REVERSALS, wanted).scalar_one())

    @reading
    def count_orders(self, tx: Transaction) -> Counts:
        """How many orders of each lane are in each state."""
        return self._tally.count(tx)

    @reading
    def overview(self, tx: Transaction, limit: int) -> Overview:
        """What to know at a glance, with the newest orders, at most `limit` of them."""
        last = orders_where(tx, orders.c.seq.in_(_newest_of_lanes(_IS_RECENT)))
        decisive = orders_where(tx, orders.c.seq.in_(_newest_of_lanes(_IS_RECENT & _IS_DECISIVE)))
        exits = orders_where(tx, orders.c.seq.in_(_newest_of_lanes(_IS_RECENT & _HAS_EXITED).group_by(_AIM)))
        return Overview(
            newest=selected_orders(tx, ORDERS.order_by(orders.c.seq.desc()).limit(limit)),
            last={order.intent.lane: order for order in last},
            unclear=tuple(order for order in orders_where(tx, in_flight) if _is_unclear(order)),
            incomplete=tuple(order for order in decisive if _is_incomplete(order, exits)),
            halts=halts_in_force(tx),
            differing=_differing_since(tx, tx.now - TOLD_FOR),
            waiting=tx.connection.execute(_COUNT_WAITING).scalar_one(),
            nodes=count_live_nodes(tx),
        )


def _newest_of_lanes(among: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(func.max(orders.c.seq)).where(among).group_by(orders.c.account, orders.c.symbol)


def _is_incomplete(order: OrderRow, exits: Sequence[OrderRow]) -> bool:
    """And no later exit of its side has left nothing to wish for."""
    side = order.intent.aim.leg or order.intent.aim.exits
    later = [exit for exit in exits if exit.intent.lane == order.intent.lane and exit.seq > order.seq]
    return order.state is State.INCOMPLETE and not any(side and exit.intent.aim.exits is side for exit in later)


def _is_unclear(order: OrderRow) -> bool:
    works_on_it = order.state is State.ACCEPTED and bool(order.awaits)
    return works_on_it or order.state is State.IN_DOUBT


def _differing_since(tx: Transaction, since: datetime) -> tuple[Differing, ...]:
    """Alerts under whose keys others came since then, with other bodies; the newest first."""
    rows = tx.connection.execute(_DIFFERING, {"since": to_microseconds(since)})
    return tuple(found for row in rows if (found := _differing(row)))


def _differing(alert: Row[Any]) -> Differing | None:
    if alert.differed_at is None:
        return None
    last_at = from_microseconds(alert.differed_at)
    return Differing(alert.receipt, alert.sender, alert.differed, last_at)
