"""Who runs which lane. A claim carries a fence, so that one who has lost the lane without knowing writes no more.

`now` is the ledger's clock.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Update, bindparam, case, or_, select, update

from executor.core.order import Lane
from executor.core.precedence import Signal
from executor.ledger.errors import LaneLost
from executor.ledger.halts import OVER_LANE
from executor.ledger.lane_memory import COLUMNS as MEMORY
from executor.ledger.lane_memory import remembered
from executor.ledger.ledger_clock import CLOCK
from executor.ledger.prepared import Prepared
from executor.ledger.reads import DUE, OF_KEY, unfinished_of
from executor.ledger.rows import Claim, Departure, IdleLane, from_microseconds, to_microseconds
from executor.ledger.tables import lanes, nodes, orders, unfinished

_THE_LANE = (lanes.c.account == bindparam("of_account"), lanes.c.symbol == bindparam("of_symbol"))
_THE_CLAIM = (*_THE_LANE, lanes.c.owner == bindparam("node"), lanes.c.fence == bindparam("of_fence"))

_LAST_SIGNAL = (lanes.c.last_signal_at, lanes.c.last_signal_step, lanes.c.last_arrived_at)

_LOCK = Prepared(select(lanes.c.fence).where(*_THE_LANE).with_for_update())
_HOLD = Prepared(select(lanes.c.fence).where(*_THE_CLAIM).with_for_update())  # SQLite runs one writer at a time


def _owner_lives(clock: ColumnElement[int]) -> ColumnElement[bool]:
    return select(nodes.c.name).where(nodes.c.name == lanes.c.owner, nodes.c.lease_until > clock).exists()


def _due(clock: ColumnElement[int]) -> Select[tuple[str, str]]:
    return (
        select(orders.c.account, orders.c.symbol)
        .distinct()
        .join(lanes, (lanes.c.account == orders.c.account) & (lanes.c.symbol == orders.c.symbol))
        .where(unfinished, DUE, or_(~_owner_lives(clock), lanes.c.owner == bindparam("node")))
    )


def _claim(clock: ColumnElement[int]) -> Update:
    return (
        update(lanes)
        .where(*_THE_LANE, or_(lanes.c.owner.is_(None), lanes.c.owner == bindparam("node"), ~_owner_lives(clock)))
        .values(owner=bindparam("node"), fence=lanes.c.fence + 1)
        .returning(lanes.c.fence, *_LAST_SIGNAL, *MEMORY)
    )


_CLAIM = Prepared(lambda dialect: _claim(CLOCK[dialect]))
_IDLE = select(lanes.c.account, lanes.c.symbol, lanes.c.fence, *_LAST_SIGNAL, *MEMORY).where(lanes.c.owner.is_(None))
_DUE_LANES = Prepared(lambda dialect: _due(CLOCK[dialect]))
_UNFINISHED = select(orders.c.seq).where(
    orders.c.account == bindparam("of_account"), orders.c.symbol == bindparam("of_symbol"), unfinished
)
_RELEASE = Prepared(update(lanes).where(*_THE_CLAIM, ~_UNFINISHED.where(DUE).exists()).values(owner=None))
_LET_GO = (
    update(lanes)
    .where(*_THE_CLAIM)
    .values(owner=case((_UNFINISHED.where(orders.c.id != bindparam("ending")).exists(), lanes.c.owner), else_=None))
    .returning(lanes.c.owner)
)

_LET_GO_AFTER = {
    False: Prepared(_LET_GO),
    True: Prepared(_LET_GO.values({column.name: bindparam(column.name) for column in _LAST_SIGNAL})),
}
_CLAIM_UNUSED = Prepared(
    update(lanes)
    .where(
        *_THE_LANE,
        lanes.c.owner.is_(None),
        lanes.c.fence == bindparam("of_fence") - 1,
        ~_UNFINISHED.exists(),
        ~OVER_LANE.exists(),
        ~OF_KEY.exists(),
    )
    .values(owner=bindparam("node"), fence=bindparam("of_fence"))
)


def due_lanes(connection: Connection, now: datetime, node: str) -> tuple[Lane, ...]:
    """Lanes with something to do now, held by no living node but perhaps this one."""
    return tuple(Lane(*row) for row in _DUE_LANES.rows(connection, {"now": to_microseconds(now), "node": node}))


def idle_lanes(connection: Connection, now: datetime) -> tuple[IdleLane, ...]:
    """The lanes that no process holds."""
    found = connection.execute(_IDLE).all()
    return tuple(
        IdleLane(Lane(account, symbol), fence, _last_signal(at, step, arrived), remembered(memory, now))
        for account, symbol, fence, at, step, arrived, *memory in found
    )


def claim_lane(connection: Connection, lane: Lane, node: str, now: datetime) -> Claim | None:
    """Take a lane that is free, whose owner's lease has run out, or that the node itself holds without knowing."""
    place = {"of_account": lane.account, "of_symbol": lane.symbol}
    if connection.dialect.name == "postgresql":
        _LOCK.run(connection, place)  # see release_lane
    taken = _CLAIM.first(connection, place | {"node": node, "now": to_microseconds(now)})
    if taken is None:
        return None
    fence, at, step, arrived, *memory = taken
    last = _last_signal(at, step, arrived)
    return Claim(lane, node, fence, unfinished_of(connection, lane), last, remembered(memory, now))


def claim_unused(connection: Connection, departure: Departure, now: datetime) -> bool:
    """Make a foreseen claim true: no process has had the lane since, it has nothing to do, no halt covers it, and no
    order of the same key and symbol is in flight under another name.
    """
    claim = departure.claim
    place = {"account": claim.lane.account, "symbol": claim.lane.symbol}
    wanted = _key(claim) | place | {"now": to_microseconds(now), "of_key": departure.send.key_mark or None}
    return _CLAIM_UNUSED.run(connection, wanted) == 1


def release_lane(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Let a lane go unless it has something to do; whether it is let go (or was lost, which is the same).

    Nothing can slip through: another process stores an order first and then tries to claim. On PostgreSQL both sides
    lock the lane's row before they look, so its try comes either before our look, which then sees the order, or after
    the release. SQLite runs one writer at a time.
    """
    ours = _key(claim)
    if _HOLD.first(connection, ours) is None:
        return True
    return _RELEASE.run(connection, ours | {"now": to_microseconds(now)}) == 1


def let_go_after(connection: Connection, claim: Claim, order_id: str, last_signal: Signal | None) -> bool:
    """Let a lane go in the transaction that ends this order, unless another one is unfinished; whether it is let go.

    It keeps its last signal, unless there is a new one. Raises LaneLost unless the claim counts. What it looks at can
    change as little as in release_lane.
    """
    if connection.dialect.name == "postgresql":
        hold(connection, claim)
    ending = _key(claim) | {"ending": order_id} | _columns(last_signal)
    row = _LET_GO_AFTER[last_signal is not None].first(connection, ending)
    if row is None:
        raise LaneLost(claim.lane)
    (owner,) = row
    return owner is None


def hold(connection: Connection, claim: Claim) -> None:
    """Raises LaneLost unless the claim counts; then it goes on counting until this transaction ends."""
    if _HOLD.first(connection, _key(claim)) is None:
        raise LaneLost(claim.lane)


def _key(claim: Claim) -> dict[str, Any]:
    return {
        "of_account": claim.lane.account,
        "of_symbol": claim.lane.symbol,
        "node": claim.node,
        "of_fence": claim.fence,
    }


def _columns(signal: Signal | None) -> dict[str, int | None]:
    if signal is None:
        return {}
    return {
        "last_signal_at": None if signal.sent is None else to_microseconds(signal.sent),
        "last_signal_step": signal.step // timedelta(microseconds=1),
        "last_arrived_at": to_microseconds(signal.arrived),
    }


def _last_signal(sent: int | None, step: int | None, arrived: int | None) -> Signal | None:
    """From a lane's columns. Before they told the arrival, it was taken for the time of sending."""
    if (known := sent if arrived is None else arrived) is None:
        return None
    at = None if sent is None else from_microseconds(sent)
    return Signal(from_microseconds(known), at, timedelta(microseconds=step or 1))
