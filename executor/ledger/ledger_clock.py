"""The ledger's clock: what lasts in the ledger ends by it. All processes on the ledger agree on it, and a step of a
machine's wall clock does not move it.

On PostgreSQL it is the server's clock. On SQLite it is the time since the machine's start, which all processes of the
machine share, and an offset that the ledger keeps. It begins at the wall clock, and after a restart of the machine at
the wall clock again, but never before the latest time that the ledger has seen. Times that people read are no
business of this clock.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, cast, delete, func, insert, select, update

from executor.ledger.prepared import Prepared
from executor.ledger.rows import from_microseconds, to_microseconds
from executor.ledger.tables import ledger_clock
from executor.ledger.writer import T, Verb

# In a statement, microseconds since 1970. PostgreSQL's own, so that an early or late statement is judged right.
POSTGRES_CLOCK = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
CLOCK: dict[str, ColumnElement[int]] = {"sqlite": bindparam("now", type_=BigInteger), "postgresql": POSTGRES_CLOCK}

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux's counts while the machine sleeps, too
_READING_LIFETIME = 60_000_000  # microseconds, in which quartz drifts by some milliseconds
_WORST_READING = 1_000_000  # microseconds: what takes longer to ask for teaches nothing
_KEPT = select(ledger_clock.c.boot, ledger_clock.c.offset, ledger_clock.c.latest)
_NOTE = Prepared(update(ledger_clock).where(ledger_clock.c.latest < bindparam("seen")).values(latest=bindparam("seen")))


class LedgerClock(Protocol):
    def now(self) -> datetime:
        """Raises LedgerUnavailable if the ledger has never been asked for it and cannot be."""
        ...

    def keep(self, connection: Connection, now: datetime) -> None:
        """With each heartbeat, which is at `now` on this clock: what must be done now and then."""
        ...


@dataclass(frozen=True, slots=True)
class Boot:
    """A start of the machine, and how long ago it was, in microseconds. Without an id, only a clock that has gone back
    tells of another start.
    """

    id: str
    microseconds: Callable[[], int]


def this_boot() -> Boot:
    found = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    return Boot(found, since_boot)


def since_boot() -> int:
    return time.clock_gettime_ns(_SINCE_BOOT) // 1000


class Run(Protocol):
    """Runs a verb in a transaction of the ledger."""

    def __call__(self, verb: Verb[T]) -> T: ...


class SqliteClock:
    """Thread-safe: of two threads that ask first, both find the same."""

    def __init__(self, read: Run, write: Run, wall: Callable[[], datetime], boot: Boot | None = None) -> None:
        self._read, self._write, self._wall = read, write, wall
        self._boot = boot or this_boot()
        self._offset: int | None = None

    def now(self) -> datetime:
        if self._offset is None:
            known = self._read(self._of_this_boot)
            self._offset = self._write(self._begin) if known is None else known
        return from_microseconds(self._boot.microseconds() + self._offset)

    def keep(self, connection: Connection, now: datetime) -> None:
        """Note the latest time, for the next start of the machine."""
        _NOTE.run(connection, {"seen": to_microseconds(now)})

    def _of_this_boot(self, connection: Connection) -> int | None:
        row = connection.execute(_KEPT).first()
        if row is None or row.boot != self._boot.id or row.latest - row.offset > self._boot.microseconds():
            return None
        return int(row.offset)

    def _begin(self, connection: Connection) -> int:
        """The offset of this start of the machine, written unless another process has done so."""
        if (known := self._of_this_boot(connection)) is not None:
            return known
        row = connection.execute(_KEPT).first()
        start = max(to_microseconds(self._wall()), row.latest if row else 0)
        offset = start - self._boot.microseconds()
        connection.execute(delete(ledger_clock))
        connection.execute(insert(ledger_clock).values(boot=self._boot.id, offset=offset, latest=start))
        return offset


class _Reading(NamedTuple):
    """The server's clock minus the time since boot, and how far off that can be."""

    offset: int
    error: int
    at: int


class PostgresClock:
    """Thread-safe. Between two readings it runs on the time since boot."""

    def __init__(self, read: Run, since_boot: Callable[[], int] = since_boot) -> None:
        self._read, self._since_boot = read, since_boot
        self._reading: _Reading | None = None

    def now(self) -> datetime:
        reading = self._reading or self._read(self._ask)
        return from_microseconds(self._since_boot() + reading.offset)

    def keep(self, connection: Connection, now: datetime) -> None:
        """Read the server's clock anew."""
        self._ask(connection)

    def _ask(self, connection: Connection) -> _Reading:
        asked = self._since_boot()
        server = connection.execute(select(POSTGRES_CLOCK)).scalar_one()
        return self.learn(server, asked, self._since_boot())

    def learn(self, server: int, asked: int, answered: int) -> _Reading:
        """The tightest reading of the last minute counts, unless a newer one contradicts it. That which counts."""
        new = _Reading(server - (asked + answered) // 2, (answered - asked) // 2, answered)
        old = self._reading
        if old is None or new.error <= old.error or (new.error <= _WORST_READING and _outdated(old, new)):
            self._reading = old = new
        return old


def _outdated(old: _Reading, new: _Reading) -> bool:
    return new.at - old.at > _READING_LIFETIME or abs(new.offset - old.offset) > old.error + new.error + 1000
