"""Reading the ledger at a glance: each lane's last order, what is on its way, and what must not be overlooked.

Of the orders that have ended only the newest RECENT are looked at, so that this stays quick however long the ledger is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, func, select

from executor.core.order import DECISIVE, Lane, State
from executor.ledger.halts import halts_in_force
from executor.ledger.nodes import live_nodes
from executor.ledger.reads import differing_since, newest_orders, orders_where
from executor.ledger.receipt import Differing
from executor.ledger.rows import Halt, OrderRow
from executor.ledger.tables import in_flight, orders, unfinished

RECENT = 5000
TOLD_FOR = timedelta(days=1)
_IS_RECENT = orders.c.seq > select(func.max(orders.c.seq) - RECENT).scalar_subquery()
_SAID_SOMETHING = orders.c.state.in_([state.value for state in DECISIVE])
_WAITING = select(func.count()).select_from(orders).where(unfinished)


@dataclass(frozen=True, slots=True)
class Overview:
    """`last` has the newest order of each lane that had one lately; `incomplete` are the orders after which no other
    order of their lane found or reached its target; `unclear` are those in doubt, and the accepted ones that the
    exchange still works on; `differing` are alerts of the last day for whose repetitions others were taken; `waiting`
    counts the orders without an end, `nodes` the processes.
    """

    newest: tuple[OrderRow, ...]
    last: Mapping[Lane, OrderRow]
    unclear: tuple[OrderRow, ...]
    incomplete: tuple[OrderRow, ...]
    halts: tuple[Halt, ...]
    differing: tuple[Differing, ...]
    waiting: int
    nodes: int


def overview(connection: Connection, now: datetime, limit: int) -> Overview:
    """`now` is the ledger's clock."""
    last = orders_where(connection, orders.c.seq.in_(_newest_of_lanes(_IS_RECENT)))
    had_their_say = orders_where(connection, orders.c.seq.in_(_newest_of_lanes(_IS_RECENT & _SAID_SOMETHING)))
    return Overview(
        newest=newest_orders(connection, limit=limit),
        last={order.intent.lane: order for order in last},
        unclear=tuple(
            order
            for order in orders_where(connection, in_flight)
            if order.state is State.IN_DOUBT or (order.state is State.ACCEPTED and order.awaits)
        ),
        incomplete=_only(State.INCOMPLETE, had_their_say),
        halts=halts_in_force(connection, now),
        differing=differing_since(connection, now - TOLD_FOR),
        waiting=connection.execute(_WAITING).scalar_one(),
        nodes=len(live_nodes(connection, now)),
    )


def _newest_of_lanes(among: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(func.max(orders.c.seq)).where(among).group_by(orders.c.account, orders.c.symbol)


def _only(state: State, found: tuple[OrderRow, ...]) -> tuple[OrderRow, ...]:
    return tuple(order for order in found if order.state is state)
