"""Who runs which lane. A claim carries a fence, so that one who has lost the lane without knowing writes no more."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from executor.core.order import Lane
from executor.ledger.errors import LaneLost
from executor.ledger.nodes import CLOCK
from executor.ledger.reads import DUE, unfinished_of
from executor.ledger.rows import Claim, from_microseconds, to_microseconds
from executor.ledger.tables import lanes, nodes, orders, unfinished

_THE_LANE = (lanes.c.account == bindparam("of_account"), lanes.c.symbol == bindparam("of_symbol"))
_THE_CLAIM = (*_THE_LANE, lanes.c.owner == bindparam("node"), lanes.c.fence == bindparam("of_fence"))

_LOCK = select(lanes.c.fence).where(*_THE_LANE).with_for_update()
_HOLD = select(lanes.c.fence).where(*_THE_CLAIM).with_for_update()  # SQLite's transactions exclude each other anyway


def _claim(clock: ColumnElement[int]) -> ReturningUpdate[tuple[Any, ...]]:
    owner_lives = select(nodes.c.name).where(nodes.c.name == lanes.c.owner, nodes.c.lease_until > clock).exists()
    return (
        update(lanes)
        .where(*_THE_LANE, or_(lanes.c.owner.is_(None), lanes.c.owner == bindparam("node"), ~owner_lives))
        .values(owner=bindparam("node"), fence=lanes.c.fence + 1)
        .returning(lanes.c.fence, lanes.c.last_signal_at)
    )


_CLAIM = {dialect: _claim(clock) for dialect, clock in CLOCK.items()}
_HAS_WORK = (
    select(orders.c.seq)
    .where(orders.c.account == bindparam("of_account"), orders.c.symbol == bindparam("of_symbol"), unfinished, DUE)
    .exists()
)
_RELEASE = update(lanes).where(*_THE_CLAIM, ~_HAS_WORK).values(owner=None)


def claim_lane(connection: Connection, lane: Lane, node: str, now: datetime) -> Claim | None:
    """Take a lane that is free, whose owner's lease has run out, or that the node itself holds without knowing."""
    place = {"of_account": lane.account, "of_symbol": lane.symbol}
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, place)  # see release_lane
    statement = _CLAIM[connection.dialect.name]
    taken = connection.execute(statement, place | {"node": node, "now": to_microseconds(now)}).first()
    if taken is None:
        return None
    last = from_microseconds(taken.last_signal_at) if taken.last_signal_at is not None else None
    return Claim(lane, node, taken.fence, unfinished_of(connection, lane), last)


def release_lane(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Let a lane go unless it has something to do; whether it is let go (or was lost, which is the same).

    Nothing can slip through: another process stores an order first and then tries to claim. On PostgreSQL both sides
    lock the lane's row before they look, so its try comes either before our look, which then sees the order, or after
    the release. SQLite runs one writer at a time.
    """
    ours = _key(claim)
    if connection.execute(_HOLD, ours).first() is None:
        return True
    return connection.execute(_RELEASE, ours | {"now": to_microseconds(now)}).rowcount == 1


def hold(connection: Connection, claim: Claim) -> None:
    """Raises LaneLost unless the claim counts; then it goes on counting until this transaction ends."""
    if connection.execute(_HOLD, _key(claim)).first() is None:
        raise LaneLost(claim.lane)


def _key(claim: Claim) -> dict[str, object]:
    return {
        "of_account": claim.lane.account,
        "of_symbol": claim.lane.symbol,
        "node": claim.node,
        "of_fence": claim.fence,
    }
