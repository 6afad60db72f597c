"""Orders in doubt: why they have no end yet, until when they may run, and how a person ends one.

`at` is the machine's wall clock, for those who read of it; `now` is the ledger's.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, bindparam, func, select, update

from executor.core.order import State
from executor.ledger.claims import hold
from executor.ledger.history import step
from executor.ledger.lane_memory import guard
from executor.ledger.prepared import Prepared
from executor.ledger.progress import advance, answer, moved, storable
from executor.ledger.rows import Claim, Doubt, to_microseconds
from executor.ledger.tables import among, in_flight, lanes, orders

_AWAITS = Prepared(
    update(orders)
    .where(orders.c.id == bindparam("order_id"), in_flight)
    .values(
        awaits=bindparam("awaits"),
        may_run_until=func.coalesce(bindparam("until", type_=BigInteger), orders.c.may_run_until),
    )
)
_ENDABLE = (
    orders.c.id == bindparam("order_id"),
    among(State.ACCEPTED, State.IN_DOUBT),
    orders.c.may_run_until <= bindparam("now"),
)
_END_BY_HAND = Prepared(
    update(orders)
    .where(*_ENDABLE)
    .values(
        state=State.ENDED.value,
        history=orders.c.history + bindparam("steps"),
        updated_at=bindparam("at"),
        reason=bindparam("reason"),
        awaits="",
        may_run_until=None,
    )
)
_ENDING = select(orders.c.account, orders.c.symbol, orders.c.position_before).where(*_ENDABLE).subquery()
_TOUCH = Prepared(  # what it may have done counts as done now
    update(lanes)
    .where(lanes.c.account == select(_ENDING.c.account).scalar_subquery())
    .where(lanes.c.symbol == select(_ENDING.c.symbol).scalar_subquery())
    .values(position_before=select(_ENDING.c.position_before).scalar_subquery(), ended_at=bindparam("now"))
)


def mark_in_doubt(
    connection: Connection, claim: Claim, order_id: str, at: datetime, doubt: Doubt, now: datetime
) -> None:
    hold(connection, claim)
    advance(connection, order_id, State.IN_DOUBT, at, doubt.reason)
    _await(connection, order_id, "", now + doubt.may_run)
    guard(connection, claim.lane, doubt.guarded, now)
    answer(connection, order_id, at, "in_doubt", answered=doubt.answered)


def note_awaits(
    connection: Connection, claim: Claim, order_id: str, awaits: str, may_run_until: datetime | None
) -> None:
    """Why an order at the exchange has no end yet, and until when its request may still run."""
    hold(connection, claim)
    _await(connection, order_id, awaits, may_run_until)


def _await(connection: Connection, order_id: str, awaits: str, may_run_until: datetime | None) -> None:
    until = None if may_run_until is None else to_microseconds(may_run_until)
    facts = {"order_id": order_id, "awaits": storable(awaits), "until": until}
    if _AWAITS.run(connection, facts) != 1:
        raise moved(connection, order_id, State.IN_DOUBT)


def end_by_hand(connection: Connection, order_id: str, at: datetime, reason: str, now: datetime) -> bool:
    """End an order without evidence, whatever process holds its lane; False unless it is in doubt, or accepted without
    an end, and can no longer run.
    """
    moment, reason = to_microseconds(at), storable(reason)
    which = {"order_id": order_id, "now": to_microseconds(now)}
    _TOUCH.run(connection, which)  # the lane's row first, as every other verb
    told = {"at": moment, "reason": reason, "steps": step(State.ENDED, moment, reason)}
    return _END_BY_HAND.run(connection, which | told) == 1
