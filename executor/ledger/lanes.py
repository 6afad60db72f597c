"""Who holds which lane.

A claim carries a fence: a node that has lost its lane without knowing can
write nothing more. Nothing slips through when a lane is released: another
process stores an order first and then tries to claim the lane. On PostgreSQL
both sides lock the lane's row before they look, so that its try comes either
before our look, which then sees the order, or after the release. SQLite runs
one writer at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, bindparam, case, or_, select, update

from executor.core.order import Lane
from executor.core.position import Leg
from executor.core.precedence import Signal
from executor.ledger.clock import CLOCK
from executor.ledger.errors import LaneLost
from executor.ledger.halts import OVER_LANE
from executor.ledger.lane_memory import (
    LAST_SIGNAL,
    MEMORY,
    THE_LANE,
    guard_legs,
    lane_key,
    last_signal_of,
    memory_of,
    signal_columns,
)
from executor.ledger.order_rows import DUE, OF_KEY, unfinished_of
from executor.ledger.records import Claim, Departure, IdleLane, LaneMemory
from executor.ledger.statements import Compiled, Statement, upsert
from executor.ledger.tables import lanes, nodes, orders, unfinished
from executor.ledger.transactions import Subject, Transaction, reading, writing

_THE_CLAIM = (
    *THE_LANE,
    lanes.c.owner == bindparam("node"),
    lanes.c.fence == bindparam("of_fence"),
)
_UNFINISHED = select(orders.c.seq).where(
    orders.c.account == bindparam("of_account"),
    orders.c.symbol == bindparam("of_symbol"),
    unfinished,
)


def _owner_lives(clock: ColumnElement[int]) -> ColumnElement[bool]:
    owner = select(nodes.c.name).where(nodes.c.name == lanes.c.owner, nodes.c.lease_until > clock)
    return owner.exists()


def _due(clock: ColumnElement[int]) -> Select[tuple[str, str]]:
    same_lane = (lanes.c.account == orders.c.account) & (lanes.c.symbol == orders.c.symbol)
    may_take = or_(~_owner_lives(clock), lanes.c.owner == bindparam("node"))
    return (
        select(orders.c.account, orders.c.symbol)
        .distinct()
        .join(lanes, same_lane)
        .where(unfinished, DUE, may_take)
    )  # fmt: skip


def _claim(clock: ColumnElement[int]) -> Update:
    free = or_(lanes.c.owner.is_(None), lanes.c.owner == bindparam("node"), ~_owner_lives(clock))
    return (
        update(lanes)
        .where(*THE_LANE, free)
        .values(owner=bindparam("node"), fence=lanes.c.fence + 1)
        .returning(lanes.c.fence, *LAST_SIGNAL, *MEMORY)
    )


def _release_after() -> Update:
    others = _UNFINISHED.where(orders.c.id != bindparam("ending")).exists()
    return (
        update(lanes)
        .where(*_THE_CLAIM)
        .values(owner=case((others, lanes.c.owner), else_=None))
        .returning(lanes.c.owner)
    )


def _make_lane(dialect: str) -> Statement:
    return upsert(dialect, lanes).on_conflict_do_nothing()


_MAKE_LANE = Compiled(_make_lane)
_LOCK = Compiled(select(lanes.c.fence).where(*THE_LANE).with_for_update())
_HOLDER = Compiled(select(lanes.c.owner, lanes.c.fence).where(*THE_LANE).with_for_update())
_CLAIM = Compiled(lambda dialect: _claim(CLOCK[dialect]))
_DUE_LANES = Compiled(lambda dialect: _due(CLOCK[dialect]))
_IDLE = (
    select(lanes.c.account, lanes.c.symbol, lanes.c.fence, *LAST_SIGNAL, *MEMORY)
    .where(lanes.c.owner.is_(None))
)  # fmt: skip
_RELEASE = Compiled(update(lanes).where(*_THE_CLAIM, ~_UNFINISHED.where(DUE).exists()).values(owner=None))
_RELEASE_AFTER = Compiled(_release_after())
_RELEASE_WITH_SIGNAL = Compiled(
    _release_after().values({column.name: bindparam(column.name) for column in LAST_SIGNAL})
)
_CLAIM_UNUSED = Compiled(
    update(lanes)
    .where(*THE_LANE, lanes.c.owner.is_(None), lanes.c.fence == bindparam("of_fence") - 1)
    .where(~_UNFINISHED.exists(), ~OVER_LANE.exists(), ~OF_KEY.exists())
    .values(owner=bindparam("node"), fence=bindparam("of_fence"))
)


class LaneStore(Subject):
    @writing
    def claim(self, tx: Transaction, lane: Lane, node: str) -> Claim | None:
        """The lane, if it is free, if its owner's lease is over, or if the node itself holds it without knowing."""
        place = lane_key(lane)
        if tx.dialect == "postgresql":
            _LOCK.run(tx.connection, place)
        wanted = place | {"node": node, "now": tx.now_microseconds}
        row = _CLAIM.first(tx.connection, wanted)
        if row is None:
            return None
        fence, *left = row
        last_signal, memory = _left_behind(tx, left)
        return Claim(lane, node, fence, unfinished_of(tx, lane), last_signal, memory)

    @writing
    def release(self, tx: Transaction, claim: Claim) -> bool:
        """False, and it stays held, if the lane has something to do now. True also if another node holds it."""
        if not _holds(tx, claim):
            return True
        wanted = _key(claim) | {"now": tx.now_microseconds}
        return _RELEASE.run(tx.connection, wanted) == 1

    @reading
    def idle(self, tx: Transaction) -> tuple[IdleLane, ...]:
        """The lanes that no node holds."""
        rows = tx.connection.execute(_IDLE).all()
        return tuple(
            IdleLane(Lane(account, symbol), fence, *_left_behind(tx, left)) for account, symbol, fence, *left in rows
        )

    @writing
    def guard(self, tx: Transaction, claim: Claim, legs: Mapping[Leg, timedelta]) -> None:
        """For that time, nothing is to build up these legs of the lane. Raises LaneLost."""
        hold(tx, claim)
        guard_legs(tx, claim.lane, legs)


def make_lane(tx: Transaction, lane: Lane) -> None:
    """Does nothing if the lane exists."""
    _MAKE_LANE.run(tx.connection, {"account": lane.account, "symbol": lane.symbol})


def claim_unused(tx: Transaction, departure: Departure) -> bool:
    """Make a foreseen claim true. False if anything stands in the way of sending.

    No node may have held the lane since, it must have nothing to do, no halt
    may cover it, and no order of the same key and symbol may be in flight.
    """
    claim = departure.claim
    wanted = _key(claim) | {
        "account": claim.lane.account,
        "symbol": claim.lane.symbol,
        "now": tx.now_microseconds,
        "of_key": departure.send.key_mark or None,
    }
    return _CLAIM_UNUSED.run(tx.connection, wanted) == 1


def hold(tx: Transaction, claim: Claim) -> None:
    """The claim counts until this transaction ends. Raises LaneLost if it does not count any more."""
    if not _holds(tx, claim):
        raise LaneLost(claim.lane)


def release_after(tx: Transaction, claim: Claim, order_id: str, last_signal: Signal | None) -> bool:
    """Release the lane with the end of this order, unless another order is unfinished; whether it is released.

    The lane keeps its last signal if None is given. Raises LaneLost.
    """
    if tx.dialect == "postgresql":
        hold(tx, claim)
    ending = _key(claim) | {"ending": order_id}
    if last_signal is None:
        row = _RELEASE_AFTER.first(tx.connection, ending)
    else:
        row = _RELEASE_WITH_SIGNAL.first(tx.connection, ending | signal_columns(last_signal))
    if row is None:
        raise LaneLost(claim.lane)
    (owner,) = row
    return owner is None


def release_lanes_of(tx: Transaction, node: str) -> None:
    tx.connection.execute(update(lanes).where(lanes.c.owner == node).values(owner=None))


def due_lanes(tx: Transaction, node: str) -> tuple[Lane, ...]:
    """Lanes with something to do now that no other living node holds."""
    rows = _DUE_LANES.rows(tx.connection, {"now": tx.now_microseconds, "node": node})
    return tuple(Lane(*row) for row in rows)


def _left_behind(tx: Transaction, row: Sequence[Any]) -> tuple[Signal | None, LaneMemory]:
    """From the values of LAST_SIGNAL and MEMORY."""
    signal, memory = row[: len(LAST_SIGNAL)], row[len(LAST_SIGNAL) :]
    return last_signal_of(signal), memory_of(tx, memory)


def _holds(tx: Transaction, claim: Claim) -> bool:
    """Locks the lane's row: a claim whose commit is under way is waited for, and seen."""
    found = _HOLDER.first(tx.connection, lane_key(claim.lane))
    return found is not None and tuple(found) == (claim.node, claim.fence)


def _key(claim: Claim) -> dict[str, Any]:
    return lane_key(claim.lane) | {"node": claim.node, "of_fence": claim.fence}
