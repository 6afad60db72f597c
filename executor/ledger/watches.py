"""Which process watches an account at the exchange for all of them, and what it has read there.

A watch is a lease that its owner prolongs with its heartbeat. While others live, the owner writes each read down, with
the moment it was asked for. That moment counts on a clock that all processes share: on SQLite the machine's monotonic
one; on PostgreSQL the server's, and then every error makes a read look older than it is, never younger.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Connection, Select, bindparam, delete, or_, select

from executor.ledger.ledger_clock import CLOCK
from executor.ledger.node_rows import SharedRead, WatchLease
from executor.ledger.prepared import Prepared, Statement, upsert
from executor.ledger.rows import to_microseconds
from executor.ledger.tables import watch_reads, watches

_THE_WATCH = watches.c.name == bindparam("watch")


def _hold(dialect: str, clock: ColumnElement[int]) -> Statement:
    """Take a watch that is free, or prolong the lease of one's own."""
    until = clock + bindparam("lease", type_=BigInteger)
    facts = {"owner": bindparam("node"), "lease_until": until, "trouble": bindparam("trouble")}
    return (
        upsert(dialect, watches)
        .values(name=bindparam("watch"), **facts)
        .on_conflict_do_update(
            index_elements=[watches.c.name],
            set_=facts,
            where=or_(watches.c.owner == bindparam("node"), watches.c.lease_until <= clock),
        )
    )


def _write_read(dialect: str) -> Statement:
    facts: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in ("owner", "asked", "positions")}
    return (
        upsert(dialect, watch_reads)
        .values(watch=bindparam("watch"), product_type=bindparam("product_type"), **facts)
        .on_conflict_do_update(index_elements=[watch_reads.c.watch, watch_reads.c.product_type], set_=facts)
    )


def _newest(clock: ColumnElement[int]) -> Select[tuple[int, str, int]]:
    """Of the watch's owner, as long as it lives; and what the clock says."""
    return (
        select(watch_reads.c.asked, watch_reads.c.positions, clock)
        .join(watches, (watches.c.name == watch_reads.c.watch) & (watches.c.owner == watch_reads.c.owner))
        .where(
            _THE_WATCH,
            watches.c.lease_until > clock,
            watch_reads.c.product_type == bindparam("product_type"),
            watch_reads.c.asked != bindparam("known", type_=BigInteger),
        )
    )


_LEASES = Prepared(
    lambda dialect: select(watches.c.name, watches.c.owner, watches.c.lease_until > CLOCK[dialect], watches.c.trouble)
)
_HOLD = Prepared(lambda dialect: _hold(dialect, CLOCK[dialect]))
_HELD = Prepared(lambda dialect: select(CLOCK[dialect]).where(_THE_WATCH, watches.c.owner == bindparam("node")))
_WRITE_READ = Prepared(_write_read)
_NEWEST = Prepared(lambda dialect: _newest(CLOCK[dialect]))


def keep_watches(
    connection: Connection, node: str, wanted: Mapping[str, str | None], now: datetime, lease: timedelta
) -> dict[str, WatchLease]:
    """Take the wanted watches that are free and prolong one's own; `wanted` tells the trouble of each.

    All watches as they are afterwards. One that is not wanted any more stays its owner's until another takes it.
    """
    times = {"now": to_microseconds(now), "lease": lease // timedelta(microseconds=1)}
    found = {name: (owner, bool(lives), trouble) for name, owner, lives, trouble in _LEASES.rows(connection, times)}
    leases = {name: WatchLease(owner == node, trouble) for name, (owner, _, trouble) in found.items()}
    for name in sorted(wanted):  # one order for all nodes, so that none of them waits for another in a circle
        owner, lives, _ = found.get(name, (None, False, None))
        if owner == node or not lives:
            held = _HOLD.run(connection, times | {"watch": name, "node": node, "trouble": wanted[name]}) == 1
            leases[name] = WatchLease(held, wanted[name] if held else None)
    return leases


def publish_read(connection: Connection, watch: str, node: str, read: SharedRead, now: datetime) -> bool:
    """Let the others have what the watch's owner has read; False if that is another by now."""
    row = _HELD.first(connection, {"watch": watch, "node": node, "now": to_microseconds(now)})
    if row is None:
        return False
    asked = to_ledgers_clock(connection, read.asked, row[0], time.monotonic())
    values = {"watch": watch, "product_type": read.product_type, "owner": node, "asked": asked}
    _WRITE_READ.run(connection, values | {"positions": read.positions})
    return True


def newest_read(connection: Connection, watch: str, product_type: str, known: int, now: datetime) -> SharedRead | None:
    """The newest read of the watch's living owner, unless it is the one with that mark, which is known."""
    before = time.monotonic()
    wanted = {"watch": watch, "product_type": product_type, "known": known, "now": to_microseconds(now)}
    row = _NEWEST.first(connection, wanted)
    if row is None:
        return None
    mark, positions, clock = row
    asked = from_ledgers_clock(connection, mark, clock, before)
    return SharedRead(product_type, asked, positions, mark) if asked <= before else None


def forget_watches(connection: Connection, node: str) -> None:
    """Let go what the node watches."""
    connection.execute(delete(watch_reads).where(watch_reads.c.owner == node))
    connection.execute(delete(watches).where(watches.c.owner == node))


def forget_dead_watches(connection: Connection, now: datetime, older_than: timedelta) -> None:
    """Drop those that no process has kept for so long: their account is in no configuration any more."""
    clock = CLOCK[connection.dialect.name]
    dead = delete(watches).where(watches.c.lease_until < clock - older_than // timedelta(microseconds=1))
    connection.execute(dead, {"now": to_microseconds(now)} if connection.dialect.name == "sqlite" else {})
    connection.execute(delete(watch_reads).where(watch_reads.c.watch.not_in(select(watches.c.name))))


def to_ledgers_clock(connection: Connection, asked: float, clock: int, after: float) -> int:
    """A moment of time.monotonic() seconds, where `clock` was told before `after`. It may come out too early."""
    if connection.dialect.name == "sqlite":
        return int(asked * 1_000_000)
    return clock - int((after - asked) * 1_000_000) - 1


def from_ledgers_clock(connection: Connection, mark: int, clock: int, before: float) -> float:
    """In time.monotonic() seconds, where `clock` was told after `before`. It may come out too early."""
    if connection.dialect.name == "sqlite":
        return mark / 1_000_000
    return before - (clock - mark) / 1_000_000
