"""Who runs which lane: nodes with leases, claims with fences."""

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from executor.core.order import Lane, State
from executor.ledger.reads import unfinished_of
from executor.ledger.rows import Claim, Node, from_microseconds, to_microseconds
from executor.ledger.tables import lanes, nodes, orders, unfinished


def join(connection: Connection, node: Node, now: datetime, lease: timedelta) -> None:
    until = _clock(connection, now) + lease // timedelta(microseconds=1)
    connection.execute(insert(nodes).values(name=node.name, host=node.host, pid=node.pid, lease_until=until))


def heartbeat(connection: Connection, node: str, now: datetime, lease: timedelta) -> bool:
    """Prolong a node's lease. False if it has been forgotten: then it must join again."""
    until = _clock(connection, now) + lease // timedelta(microseconds=1)
    return connection.execute(update(nodes).where(nodes.c.name == node).values(lease_until=until)).rowcount == 1


def leave(connection: Connection, node: str) -> None:
    connection.execute(update(lanes).where(lanes.c.owner == node).values(owner=None))
    connection.execute(delete(nodes).where(nodes.c.name == node))


def claim_lane(connection: Connection, lane: Lane, node: str, now: datetime) -> Claim | None:
    """Take a lane that is free, whose owner's lease has run out, or that the node itself holds without knowing."""
    _lock(connection, lane)
    taken = connection.execute(
        update(lanes)
        .where(_is(lane), or_(lanes.c.owner.is_(None), lanes.c.owner == node, ~_owner_lives(connection, now)))
        .values(owner=node, fence=lanes.c.fence + 1)
        .returning(lanes.c.fence, lanes.c.last_signal_at)
    ).first()
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
    _lock(connection, claim.lane)
    has_work = (
        select(orders.c.seq)
        .where(orders.c.account == claim.lane.account, orders.c.symbol == claim.lane.symbol, unfinished)
        .where(
            or_(
                orders.c.state != State.QUEUED.value,
                orders.c.not_before.is_(None),
                orders.c.not_before <= to_microseconds(now),
            )
        )
        .exists()
    )
    held = and_(_is(claim.lane), lanes.c.owner == claim.node, lanes.c.fence == claim.fence)
    if connection.execute(update(lanes).where(held, ~has_work).values(owner=None)).rowcount == 1:
        return True
    return connection.execute(select(lanes.c.fence).where(held)).first() is None


def holds(claim: Claim) -> ColumnElement[bool]:
    """The condition under which a claim still counts."""
    return (
        select(lanes.c.fence).where(_is(claim.lane), lanes.c.owner == claim.node, lanes.c.fence == claim.fence).exists()
    )


def still_held(connection: Connection, claim: Claim) -> bool:
    """Whether the claim counts, and on PostgreSQL that it goes on counting until this transaction ends."""
    _lock(connection, claim.lane)
    return bool(connection.execute(select(holds(claim))).scalar())


def live_nodes(connection: Connection, now: datetime) -> frozenset[str]:
    return frozenset(
        connection.execute(select(nodes.c.name).where(nodes.c.lease_until > _clock(connection, now))).scalars()
    )


def forget_dead_nodes(connection: Connection, now: datetime, older_than: timedelta) -> None:
    """Drop nodes whose lease ended so long ago that nobody asks for them any more; their lanes stay takeable."""
    ended = _clock(connection, now) - older_than // timedelta(microseconds=1)
    connection.execute(delete(nodes).where(nodes.c.lease_until < ended))


def _is(lane: Lane) -> ColumnElement[bool]:
    return and_(lanes.c.account == lane.account, lanes.c.symbol == lane.symbol)


def _owner_lives(connection: Connection, now: datetime) -> ColumnElement[bool]:
    lease = nodes.c.lease_until > _clock(connection, now)
    return select(nodes.c.name).where(nodes.c.name == lanes.c.owner, lease).exists()


def _lock(connection: Connection, lane: Lane) -> None:
    """Lock the lane's row until the transaction ends. SQLite's transactions exclude each other as a whole."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(lanes.c.fence).where(_is(lane)).with_for_update())


def _clock(connection: Connection, now: datetime) -> ColumnElement[int]:
    """Microseconds on the clock that leases go by: PostgreSQL's own, because machines' clocks differ."""
    if connection.dialect.name == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
    return literal(to_microseconds(now), BigInteger)
