"""Who runs which lane. A claim carries a fence, so that one who has lost the lane without knowing writes no more."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from executor.core.order import Lane
from executor.core.position import Leg, Position
from executor.ledger.errors import LaneLost
from executor.ledger.halts import OVER_LANE
from executor.ledger.nodes import CLOCK
from executor.ledger.prepared import Prepared, Statement, as_json
from executor.ledger.reads import DUE, unfinished_of
from executor.ledger.rows import Claim, IdleLane, LaneMemory, from_microseconds, to_microseconds
from executor.ledger.tables import lanes, nodes, orders, unfinished

_THE_LANE = (lanes.c.account == bindparam("of_account"), lanes.c.symbol == bindparam("of_symbol"))
_THE_CLAIM = (*_THE_LANE, lanes.c.owner == bindparam("node"), lanes.c.fence == bindparam("of_fence"))

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


def _memory(clock: ColumnElement[int]) -> tuple[ColumnElement[Any], ...]:
    """What `_remembered` reads."""
    return (
        lanes.c.position_before,
        (clock - lanes.c.ended_at).label("ended_ago"),
        (lanes.c.long_guarded_until - clock).label("long_guarded"),
        (lanes.c.short_guarded_until - clock).label("short_guarded"),
    )


def _claim(clock: ColumnElement[int]) -> Update:
    return (
        update(lanes)
        .where(*_THE_LANE, or_(lanes.c.owner.is_(None), lanes.c.owner == bindparam("node"), ~_owner_lives(clock)))
        .values(owner=bindparam("node"), fence=lanes.c.fence + 1)
        .returning(lanes.c.fence, lanes.c.last_signal_at, *_memory(clock))
    )


_CLAIM = Prepared(lambda dialect: _claim(CLOCK[dialect]))


def _idle(clock: ColumnElement[int]) -> Select[Any]:
    wanted = (lanes.c.account, lanes.c.symbol, lanes.c.fence, lanes.c.last_signal_at, *_memory(clock))
    return select(*wanted).where(lanes.c.owner.is_(None))


_IDLE = Prepared(lambda dialect: _idle(CLOCK[dialect]))
_DUE_LANES = Prepared(lambda dialect: _due(CLOCK[dialect]))
_UNFINISHED = select(orders.c.seq).where(
    orders.c.account == bindparam("of_account"), orders.c.symbol == bindparam("of_symbol"), unfinished
)
_RELEASE = Prepared(update(lanes).where(*_THE_CLAIM, ~_UNFINISHED.where(DUE).exists()).values(owner=None))
_SIGNAL_AT = select(orders.c.signal_at).where(orders.c.id == bindparam("ending")).scalar_subquery()
_LET_GO = (
    update(lanes)
    .where(*_THE_CLAIM)
    .values(owner=case((_UNFINISHED.where(orders.c.id != bindparam("ending")).exists(), lanes.c.owner), else_=None))
    .returning(lanes.c.owner)
)


def _let_go_after(had_its_say: bool, ran: bool) -> Callable[[str], Statement]:
    def statement(dialect: str) -> Statement:
        values: dict[str, Any] = {}
        if had_its_say:
            older = func.coalesce(lanes.c.last_signal_at, 0) < _SIGNAL_AT
            values["last_signal_at"] = case((older, _SIGNAL_AT), else_=lanes.c.last_signal_at)
        if ran:
            values["position_before"] = bindparam("before", type_=lanes.c.position_before.type)
            values["ended_at"] = CLOCK[dialect]
        return _LET_GO.values(values) if values else _LET_GO

    return statement


_LET_GO_AFTER = {(say, ran): Prepared(_let_go_after(say, ran)) for say in (False, True) for ran in (False, True)}


def _guard(leg: Leg) -> Callable[[str], Statement]:
    def statement(dialect: str) -> Statement:
        until = CLOCK[dialect] + bindparam("guarded", type_=BigInteger)
        return update(lanes).where(*_THE_CLAIM).values({f"{leg}_guarded_until": until})

    return statement


_GUARD = {leg: Prepared(_guard(leg)) for leg in Leg}
_CLAIM_UNUSED = Prepared(
    update(lanes)
    .where(
        *_THE_LANE,
        lanes.c.owner.is_(None),
        lanes.c.fence == bindparam("of_fence") - 1,
        ~_UNFINISHED.exists(),
        ~OVER_LANE.exists(),
    )
    .values(owner=bindparam("node"), fence=bindparam("of_fence"))
)


def due_lanes(connection: Connection, now: datetime, node: str) -> tuple[Lane, ...]:
    """Lanes with something to do now and nobody alive to do it but perhaps this node."""
    return tuple(Lane(*row) for row in _DUE_LANES.rows(connection, {"now": to_microseconds(now), "node": node}))


def idle_lanes(connection: Connection, now: datetime) -> tuple[IdleLane, ...]:
    """The lanes that no process holds."""
    return tuple(
        IdleLane(
            Lane(account, symbol),
            fence,
            None if signal_at is None else from_microseconds(signal_at),
            _remembered(*rest),
        )
        for account, symbol, fence, signal_at, *rest in _IDLE.rows(connection, {"now": to_microseconds(now)})
    )


def claim_lane(connection: Connection, lane: Lane, node: str, now: datetime) -> Claim | None:
    """Take a lane that is free, whose owner's lease has run out, or that the node itself holds without knowing."""
    place = {"of_account": lane.account, "of_symbol": lane.symbol}
    if connection.dialect.name == "postgresql":
        _LOCK.run(connection, place)  # see release_lane
    taken = _CLAIM.first(connection, place | {"node": node, "now": to_microseconds(now)})
    if taken is None:
        return None
    fence, signal_at, *memory = taken
    last = None if signal_at is None else from_microseconds(signal_at)
    return Claim(lane, node, fence, unfinished_of(connection, lane), last, _remembered(*memory))


def guard(connection: Connection, claim: Claim, legs: Mapping[Leg, timedelta], now: datetime) -> None:
    """For so long, nothing is to build up these legs."""
    for leg, time in legs.items():
        guarded = {"guarded": time // timedelta(microseconds=1), "now": to_microseconds(now)}
        _GUARD[leg].run(connection, _key(claim) | guarded)


def _remembered(before: Any, ended_ago: int | None, long_guarded: int | None, short_guarded: int | None) -> LaneMemory:
    guarded = {Leg.LONG: long_guarded or 0, Leg.SHORT: short_guarded or 0}
    position = json.loads(before) if isinstance(before, str) else before
    return LaneMemory(
        None if position is None else Position.from_json(position),
        timedelta(microseconds=int(ended_ago or 0)),
        {leg: timedelta(microseconds=int(left)) for leg, left in guarded.items() if left > 0},
    )


def claim_unused(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Make a foreseen claim true: nobody has had the lane since, it has nothing to do, and no halt covers it."""
    place = {"account": claim.lane.account, "symbol": claim.lane.symbol}
    wanted = _key(claim) | place | {"now": to_microseconds(now)}
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


def let_go_after(
    connection: Connection,
    claim: Claim,
    order_id: str,
    now: datetime,
    *,
    had_its_say: bool,
    before: Position | None,
) -> bool:
    """Let a lane go in the transaction that ends this order, unless another one is unfinished; whether it is let go.

    `before` is what was held before an order that ran: a read that lags may still show it to the next process. Raises
    LaneLost unless the claim counts. What it looks at can change as little as in release_lane.
    """
    if connection.dialect.name == "postgresql":
        hold(connection, claim)
    values = _key(claim) | {"ending": order_id}
    if before is not None:
        values |= {"before": as_json(before.to_json()), "now": to_microseconds(now)}
    row = _LET_GO_AFTER[had_its_say, before is not None].first(connection, values)
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
