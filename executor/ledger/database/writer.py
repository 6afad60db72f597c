"""What a write promises, and how PostgreSQL keeps it.

A verb is a function of a connection; it runs in one transaction. A durable
write is on disk before its caller goes on. Other writes survive the process
but not a power cut, which recovery allows for.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from executor.ledger.database.bounded import Bounded, Left
from executor.ledger.errors import LedgerSlow, LedgerUnavailable

T = TypeVar("T")
Verb = Callable[[Connection], T]
# What the drivers raise while a database cannot be used
TROUBLE = (DBAPIError, NoConnectionFree, sqlite3.Error)


class Writer(Protocol):
    def write(self, verb: Verb[T], *, durable: bool, within_seconds: float | None = None) -> T:
        """Run the verb in a transaction. Raises what it raises, or LedgerUnavailable: then nothing is kept.

        With `within_seconds`, raises LedgerSlow once the time is over. Nothing
        is kept then either, unless the commit itself had begun.
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
        """The server keeps its files itself."""

    def close(self) -> None:
        self._durable.dispose()
        self._lazy.dispose()


def unavailable(error: Exception) -> Exception:
    """The error to raise for one of TROUBLE. A broken constraint is a bug of ours and stays what it is."""
    if isinstance(error, IntegrityError):
        return error
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = str(cause).strip().replace("\n", " ")
    return LedgerUnavailable(words or type(error).__name__)
