"""Which process watches an account at the exchange for all of them, and what it has read there.

A watch is a lease that its owner prolongs with its heartbeat. While other
nodes live, the owner writes each read into the ledger, with the moment it was
asked for. That moment is on a clock that all processes share: on SQLite the
machine's monotonic clock, on PostgreSQL the server's. There every error makes
a read look older than it is, never younger.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Select, bindparam, delete, or_, select

from executor.ledger.clock import CLOCK
from executor.ledger.columns import MICROSECOND
from executor.ledger.records import SharedRead, WatchLease
from executor.ledger.statements import Compiled, Statement, upsert
from executor.ledger.tables import watch_reads, watches
from executor.ledger.transactions import Subject, Transaction, reading, writing

_THE_WATCH = watches.c.name == bindparam("watch")


def _hold(dialect: str, clock: ColumnElement[int]) -> Statement:
    """Take a watch that is free, or prolong the node's own lease."""
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
    """Of the watch's owner, as long as it lives; and the clock's time."""
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


def _leases(clock: ColumnElement[int]) -> Select[tuple[str, str, bool, str]]:
    lives = watches.c.lease_until > clock
    return select(watches.c.name, watches.c.owner, lives, watches.c.trouble)


_LEASES = Compiled(lambda dialect: _leases(CLOCK[dialect]))
_HOLD = Compiled(lambda dialect: _hold(dialect, CLOCK[dialect]))
_CLOCK_OF_OWNER = Compiled(
    lambda dialect: select(CLOCK[dialect]).where(_THE_WATCH, watches.c.owner == bindparam("node"))
)
_WRITE_READ = Compiled(_write_read)
_NEWEST = Compiled(lambda dialect: _newest(CLOCK[dialect]))


class WatchStore(Subject):
    @writing
    def publish(self, tx: Transaction, watch: str, node: str, read: SharedRead) -> bool:
        """Give other processes what the watch's owner has read; False if the owner is another node by now."""
        wanted = {"watch": watch, "node": node, "now": tx.now_microseconds}
        row = _CLOCK_OF_OWNER.first(tx.connection, wanted)
        if row is None:
            return False
        values = {
            "watch": watch,
            "product_type": read.product_type,
            "owner": node,
            "asked": _to_shared_clock(tx, read.asked, row[0]),
            "positions": read.positions,
        }
        _WRITE_READ.run(tx.connection, values)
        return True

    @reading
    def newest_read(self, tx: Transaction, watch: str, product_type: str, known: int) -> SharedRead | None:
        """What the watch's living owner read last, unless it is the read with the mark `known`."""
        before = time.monotonic()
        wanted = {
            "watch": watch,
            "product_type": product_type,
            "known": known,
            "now": tx.now_microseconds,
        }
        row = _NEWEST.first(tx.connection, wanted)
        if row is None:
            return None
        mark, positions, clock = row
        asked = _from_shared_clock(tx, mark, clock, before)
        if asked > before:
            return None
        return SharedRead(product_type, asked, positions, mark)


def keep_watches(
    tx: Transaction,
    node: str,
    wanted: Mapping[str, str | None],
    lease: timedelta,
) -> dict[str, WatchLease]:
    """Take the wanted watches that are free and prolong those of the node; `wanted` has the trouble of each.

    Returns all watches as they are afterwards. A watch that is no longer
    wanted stays its owner's until another node takes it.
    """
    times = {"now": tx.now_microseconds, "lease": lease // MICROSECOND}
    rows = _LEASES.rows(tx.connection, times)
    found = {name: (owner, bool(lives)) for name, owner, lives, _ in rows}
    leases = {name: WatchLease(owner == node, trouble) for name, owner, _, trouble in rows}
    for name in sorted(wanted):  # every node in the same order, so that none blocks another
        owner, lives = found.get(name, (None, False))
        if owner == node or not lives:
            facts = {"watch": name, "node": node, "trouble": wanted[name]}
            held = _HOLD.run(tx.connection, times | facts) == 1
            leases[name] = WatchLease(held, wanted[name] if held else None)
    return leases


def forget_watches_of(tx: Transaction, node: str) -> None:
    tx.connection.execute(delete(watch_reads).where(watch_reads.c.owner == node))
    tx.connection.execute(delete(watches).where(watches.c.owner == node))


def forget_dead_watches(tx: Transaction, older_than: timedelta) -> None:
    """Drop those that no process has kept for that long: their account has left every configuration."""
    oldest = CLOCK[tx.dialect] - older_than // MICROSECOND
    now = {"now": tx.now_microseconds} if tx.dialect == "sqlite" else {}
    tx.connection.execute(delete(watches).where(watches.c.lease_until < oldest), now)
    kept = select(watches.c.name)
    tx.connection.execute(delete(watch_reads).where(watch_reads.c.watch.not_in(kept)))


def _to_shared_clock(tx: Transaction, asked: float, clock: int) -> int:
    """A moment of time.monotonic() seconds, where `clock` was read a moment ago. It may come out too early."""
    if tx.dialect == "sqlite":
        return int(asked * 1_000_000)
    return clock - int((time.monotonic() - asked) * 1_000_000) - 1


def _from_shared_clock(tx: Transaction, mark: int, clock: int, before: float) -> float:
    """In time.monotonic() seconds, where `clock` was read after `before`. It may come out too early."""
    if tx.dialect == "sqlite":
        return mark / 1_000_000
    return before - (clock - mark) / 1_000_000
