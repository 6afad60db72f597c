"""The ledger's clock: what lasts in the ledger ends by it.

All processes on the ledger agree on it, and a step of a machine's wall clock
does not move it. Times that people read are on the wall clock instead.

On PostgreSQL it is the server's clock. On SQLite it is the time since the
machine's start, which all processes of the machine share, and an offset that
the ledger keeps. It begins at the wall clock. After a restart of the machine
it begins at the wall clock again, but never before the latest time that the
ledger has seen.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, cast, delete, func, insert, select, update

from executor.ledger.columns import from_microseconds, to_microseconds
from executor.ledger.database import Database
from executor.ledger.statements import Compiled
from executor.ledger.tables import ledger_clock

T = TypeVar("T")

# The clock in a statement, in microseconds since 1970. PostgreSQL asks its own,
# so that a statement that comes early or late is judged right.
POSTGRES_CLOCK = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
CLOCK: dict[str, ColumnElement[int]] = {
    "sqlite": bindparam("now", type_=BigInteger),
    "postgresql": POSTGRES_CLOCK,
}

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux's counts while the machine sleeps, too
_READING_LIFETIME = 60_000_000  # microseconds, in which quartz drifts by some milliseconds
_WORST_READING = 1_000_000  # microseconds: a slower answer is not used
_KEPT = select(ledger_clock.c.boot, ledger_clock.c.offset, ledger_clock.c.latest)
_KEEP_LATEST = Compiled(
    update(ledger_clock).where(ledger_clock.c.latest < bindparam("seen")).values(latest=bindparam("seen"))
)


class LedgerClock(Protocol):
    def now(self) -> datetime:
        """Raises LedgerUnavailable if the ledger has never been asked for it and cannot be."""
        ...

    def keep(self, connection: Connection, now: datetime) -> None:
        """Called with each heartbeat, which is at `now` on this clock."""
        ...


@dataclass(frozen=True, slots=True)
class Boot:
    """A start of the machine, and how long ago it was, in microseconds.

    Without an id, another start is known only by a clock that has gone back.
    """

    id: str
    microseconds: Callable[[], int]


def this_boot() -> Boot:
    found = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    return Boot(found, since_boot)


def since_boot() -> int:
    return time.clock_gettime_ns(_SINCE_BOOT) // 1000


class Run(Protocol):
    """Runs a function in a transaction of the ledger."""

    def __call__(self, verb: Callable[[Connection], T]) -> T: ...


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
        """Keep the latest time, for the next start of the machine."""
        _KEEP_LATEST.run(connection, {"seen": to_microseconds(now)})

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
    """The server's clock minus the time since boot, and how wrong that can be."""

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
        """Returns the reading that counts: the tightest of the last minute, unless a newer one contradicts it."""
        new = _Reading(server - (asked + answered) // 2, (answered - asked) // 2, answered)
        old = self._reading
        if old is None or new.error <= old.error or _outdated(old, new):
            self._reading = old = new
        return old


def _outdated(old: _Reading, new: _Reading) -> bool:
    if new.error > _WORST_READING:
        return False
    apart = abs(new.offset - old.offset)
    return new.at - old.at > _READING_LIFETIME or apart > old.error + new.error + 1000


def clock_of(database: Database, wall: Callable[[], datetime]) -> LedgerClock:
    """`wall` is the machine's clock, which is asked at most once."""
    if database.dialect == "sqlite":
        return SqliteClock(database.read, database.write, wall)
    return PostgresClock(database.read)
