"""How changes reach the disk: one transaction a verb on PostgreSQL, group commits on SQLite.

A verb is a function of a connection. It is durable before its caller goes on if the caller says so; other changes may
be lost with the machine's power (never with the process), which recovery allows for.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from executor.ledger.errors import LedgerUnavailable

T = TypeVar("T")
Verb = Callable[[Connection], T]
TROUBLE = (DBAPIError, NoConnectionFree, sqlite3.Error)  # what a database that cannot be used just now ends in


class Writer(Protocol):
    def write(self, verb: Verb[T], *, durable: bool) -> T:
        """Run the verb in a transaction. Raises what it raises, or LedgerUnavailable; then nothing of it is kept."""
        ...

    def close(self) -> None: ...


class PostgresWriter:
    """Two pools that differ in synchronous_commit; the server groups commits by itself."""

    def __init__(self, durable: Engine, lazy: Engine) -> None:
        self._durable, self._lazy = durable, lazy

    def write(self, verb: Verb[T], *, durable: bool) -> T:
        try:
            with (self._durable if durable else self._lazy).begin() as connection:
                return verb(connection)
        except TROUBLE as error:
            raise unavailable(error) from error

    def close(self) -> None:
        self._durable.dispose()
        self._lazy.dispose()


class _Job:
    """One caller's verb on its way through a group commit."""

    def __init__(self, verb: Verb[Any], durable: bool) -> None:
        self.verb, self.durable = verb, durable
        self.taken = self.begun = self.committed = False
        self.result: Any = None
        self.error: Exception | None = None

    def run(self, connection: Connection) -> None:
        self.begun = True
        self.result = self.verb(connection)


class SqliteWriter:
    """One connection. Whoever gets the turn commits everything that waits, in one transaction with one sync."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect()
        self._waiting: deque[_Job] = deque()
        self._turn = threading.Lock()
        self._synchronous = ""

    def write(self, verb: Verb[T], *, durable: bool) -> T:
        job = _Job(verb, durable)
        self._waiting.append(job)
        with self._turn:
            if not job.taken:
                self._commit_waiting()
        if job.error:
            raise job.error
        if not job.committed:
            raise LedgerUnavailable("the thread that was writing it was interrupted")
        result: T = job.result
        return result

    def close(self) -> None:
        with self._turn:
            self._connection.close()
            self._engine.dispose()

    def _commit_waiting(self) -> None:
        jobs = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for job in jobs:
            job.taken = True
        error = self._commit(jobs)
        if error is None:
            return
        a_verb_failed = len(jobs) > 1 and jobs[0].begun  # else the database did: do not wait for it once for each
        for job in jobs:
            job.error = self._commit([job]) if a_verb_failed else error

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
