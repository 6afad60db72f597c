"""How changes reach a SQLite file: the writes of many threads share one commit, and so one sync of the disk."""

import sqlite3
import threading
import time
from collections import deque
from typing import Any

from sqlalchemy import Connection, Engine

from executor.ledger.database.sqlite_file import OpenedFile
from executor.ledger.database.writer import TROUBLE, T, Verb, unavailable
from executor.ledger.errors import LedgerSlow, LedgerUnavailable


class _Job:
    """One caller's verb on its way through a group commit."""

    def __init__(self, verb: Verb[Any], durable: bool, within_seconds: float | None) -> None:
        self.verb, self.durable = verb, durable
        self.until = None if within_seconds is None else time.monotonic() + within_seconds
        self.taken = self.begun = self.committed = self._left = False
        self.result: Any = None
        self.error: Exception | None = None
        self._lock = threading.Lock()

    @property
    def seconds_left(self) -> float | None:
        """How long its caller still waits; None: without limit."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())

    def run(self, connection: Connection, file: OpenedFile) -> None:
        """Does nothing if the caller has left.

        Raises LedgerGone rather than record or send anything that would be
        lost. A write that need not be durable only says how something ended:
        it is kept in the open file, which may come back.
        """
        with self._lock:
            if self._left:
                return
            self.begun = True
        if self.durable:
            file.check()
        self.result = self.verb(connection)

    def leave(self) -> None:
        """The caller has no more time: the job does not begin, if it has not."""
        with self._lock:
            self._left = not self.begun


class SqliteWriter:
    """One connection. The thread that gets the turn commits all waiting jobs, in one transaction with one sync.

    For a locked file it waits `patience_seconds`, or as long as its own caller
    has time. After that, callers with more time wait on, and the next thread
    that gets the turn commits their jobs.
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
        job = _Job(verb, durable, within_seconds)
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
        if any(job.begun for job in jobs) and len(jobs) > 1:  # one verb failed
            for job in jobs:
                job.error = self._commit([job])
            return
        for job in jobs:  # the database failed: do not wait for it once for each job
            if job is mine or mine.until is None or job.seconds_left == 0:
                job.error = error
            else:
                job.taken = False
                self._waiting.append(job)

    def _wait_for_locks(self, seconds: float | None) -> None:
        wanted = self._patience
        if seconds is not None:
            wanted = min(round(seconds + 0.05, 1), wanted)  # few different values: each costs a PRAGMA
        raw = self._connection.connection.dbapi_connection
        if wanted != self._busy_timeout and isinstance(raw, sqlite3.Connection):
            raw.execute(f"PRAGMA busy_timeout={int(wanted * 1000)}")
            self._busy_timeout = wanted

    def _commit(self, jobs: list[_Job]) -> Exception | None:
        """Run the jobs in one transaction. Returns what went wrong, which is then undone."""
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
        """In a transaction of the driver. SQLAlchemy's own costs as much as three statements."""
        raw = self._connection.connection.dbapi_connection
        if not isinstance(raw, sqlite3.Connection):
            raise LedgerUnavailable("its connection is closed")
        self._roll_back(raw)  # does nothing, unless a thread was interrupted at a bad moment
        self._set_synchronous(raw, any(job.durable for job in jobs))
        raw.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                job.run(self._connection, self._file)
            if self._connection.in_transaction():  # SQLAlchemy thinks so, after a statement that it ran itself
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
        """FULL syncs the write-ahead log at the commit, NORMAL leaves that to a later commit."""
        wanted = "FULL" if durable else "NORMAL"
        if wanted != self._synchronous:
            raw.execute(f"PRAGMA synchronous={wanted}")
            self._synchronous = wanted
