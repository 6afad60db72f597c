"""How changes reach the disk: one transaction a verb on PostgreSQL, group commits on SQLite.

A verb is a function of a connection. It is durable before its caller goes on if the caller says so; other changes may
be lost with the machine's power (never with the process), which recovery allows for.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from executor.ledger.bounded import Bounded, Left
from executor.ledger.errors import LedgerSlow, LedgerUnavailable
from executor.ledger.opened_file import OpenedFile

T = TypeVar("T")
Verb = Callable[[Connection], T]
TROUBLE = (DBAPIError, NoConnectionFree, sqlite3.Error)  # what a database that cannot be used just now ends in


class Writer(Protocol):
    def write(self, verb: Verb[T], *, durable: bool, within_seconds: float | None = None) -> T:
        """Run the verb in a transaction. Raises what it raises, or LedgerUnavailable; then nothing of it is kept.

        With `within_seconds` also if the time is over, unless the commit itself has begun by then: it may be kept.
        """
        ...

    def check_file(self) -> None:
        """Raises LedgerGone if what is written now would be lost with the process."""
        ...

    def close(self) -> None: ...


class PostgresWriter:
    """Two pools that differ in synchronous_commit; the server groups commits by itself."""

    def __init__(self, durable: Engine, lazy: Engine, bounded: Bounded) -> None:
        self._durable, self._lazy, self._bounded = durable, lazy, bounded

    def write(self, verb: Verb[T], *, durable: bool, within_seconds: float | None = None) -> T:
        engine = self._durable if durable else self._lazy
        if within_seconds is None:
            return self._write(engine, verb, Left())
        return self._bounded.run(partial(self._write, engine, verb), within_seconds)

    @staticmethod
    def _write(engine: Engine, verb: Verb[T], left: Left) -> T:
        """Raises LedgerSlow, and keeps nothing, if the caller has left before the commit."""
        if left.is_set():
            raise LedgerSlow
        try:
            with engine.begin() as connection:
                result = verb(connection)
                if left.is_set():
                    raise LedgerSlow
                return result
        except TROUBLE as error:
            raise unavailable(error) from error

    def check_file(self) -> None:
        """There is none of ours."""

    def close(self) -> None:
        self._durable.dispose()
        self._lazy.dispose()


class _Job:
    """One caller's verb on its way through a group commit."""

    def __init__(self, verb: Verb[Any], durable: bool, within_seconds: float | None, file: OpenedFile) -> None:
        self.verb, self.durable, self._file = verb, durable, file
        self.until = None if within_seconds is None else time.monotonic() + within_seconds
        self.taken = self.begun = self.committed = self._left = False
        self.result: Any = None
        self.error: Exception | None = None
        self._lock = threading.Lock()

    @property
    def seconds_left(self) -> float | None:
        """How long its caller still waits; None: as long as it takes."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())

    def run(self, connection: Connection) -> None:
        """Does nothing if the caller has left. Raises LedgerGone rather than take or send anything that would be lost;
        what only tells how something ended is kept in the file that may come back.
        """
        with self._lock:
            if self._left:
                return
            self.begun = True
        if self.durable:
            self._file.check()
        self.result = self.verb(connection)

    def leave(self) -> None:
        """The caller has no more time: it does not begin any more, if it has not."""
        with self._lock:
            self._left = not self.begun


class SqliteWriter:
    """One connection. The thread that gets the turn commits everything that waits, in one transaction with one sync.

    A caller waits for a locked file as long as `patience_seconds`, or as it has time; those that came with one that has
    less time are left to the next who gets the turn.
    """

    def __init__(self, engine: Engine, patience_seconds: float) -> None:
        self._engine, self._patience = engine, patience_seconds
        self._busy_timeout = patience_seconds  # as it is set
        self._connection = engine.connect()
        self._file = OpenedFile(engine.url.database or "")
        self._waiting: deque[_Job] = deque()
        self._turn = threading.Lock()
        self._synchronous = ""

    def write(self, verb: Verb[T], *, durable: bool, within_seconds: float | None = None) -> T:
        job = _Job(verb, durable, within_seconds, self._file)
        self._waiting.append(job)
        if self._turn.acquire(timeout=-1 if within_seconds is None else within_seconds):
            try:
                if not job.taken:
                    self._commit_waiting(job)
            finally:
                self._turn.release()
        elif not job.committed:
            job.leave()
            raise LedgerSlow
        if job.error:
            raise job.error
        if not job.committed:
            raise LedgerUnavailable("the thread that was writing it was interrupted")
        result: T = job.result
        return result

    def check_file(self) -> None:
        self._file.check()

    def close(self) -> None:
        with self._turn:
            self._connection.close()
            self._engine.dispose()

    def _commit_waiting(self, mine: _Job) -> None:
        jobs = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for job in jobs:
            job.taken = True
        self._wait_for_locks(mine.seconds_left)
        error = self._commit(jobs)
        if error is None:
            return
        if any(job.begun for job in jobs) and len(jobs) > 1:  # a verb failed
            for job in jobs:
                job.error = self._commit([job])
            return
        for job in jobs:  # the database did: do not wait for it once for each
            if job is mine or mine.until is None or job.seconds_left == 0:
                job.error = error
            else:
                job.taken = False
                self._waiting.append(job)

    def _wait_for_locks(self, seconds: float | None) -> None:
        wanted = self._patience if seconds is None else min(round(seconds + 0.05, 1), self._patience)  # not ever anew
        raw = self._connection.connection.dbapi_connection
        if wanted != self._busy_timeout and isinstance(raw, sqlite3.Connection):
            raw.execute(f"PRAGMA busy_timeout={int(wanted * 1000)}")
            self._busy_timeout = wanted

    def _commit(self, jobs: list[_Job]) -> Exception | None:
        """Run the jobs in one transaction; what went wrong, if anything, which is then undone."""
        try:
            self._run(jobs)
        except TROUBLE as error:
            return unavailable(error)
        except Exception as error:  # noqa: BLE001 - raised again in the thread of the caller whose verb it was
            return error
        for job in jobs:
            job.committed = True
        return None

    def _run(self, jobs: list[_Job]) -> None:
        """In a transaction past SQLAlchemy's, which costs as much as three statements."""
        raw = self._connection.connection.dbapi_connection
        if not isinstance(raw, sqlite3.Connection):
            raise LedgerUnavailable("its connection is closed")
        self._roll_back(raw)  # does nothing, unless a thread was interrupted at a bad moment
        self._set_synchronous(raw, any(job.durable for job in jobs))
        raw.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                job.run(self._connection)
            if self._connection.in_transaction():  # SQLAlchemy thinks so, after a statement that went through it
                self._connection.commit()
            raw.commit()
        except BaseException:
            self._roll_back(raw)
            raise

    def _roll_back(self, raw: sqlite3.Connection) -> None:
        if self._connection.in_transaction():
            self._connection.rollback()
        raw.rollback()

    def _set_synchronous(self, raw: sqlite3.Connection, durable: bool) -> None:
        """FULL syncs the write-ahead log at the commit, NORMAL leaves that to a later one. Not changed in between."""
        wanted = "FULL" if durable else "NORMAL"
        if wanted != self._synchronous:
            raw.execute(f"PRAGMA synchronous={wanted}")
            self._synchronous = wanted


def unavailable(error: Exception) -> Exception:
    """The mistake to raise for one of TROUBLE. A broken constraint is a bug of ours and stays what it is."""
    if isinstance(error, IntegrityError):
        return error
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return LedgerUnavailable(said.strip().replace("\n", " ") or type(error).__name__)
