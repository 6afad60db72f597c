"""Transactions of the ledger, and the decorators that open one for each verb of a subject.

A verb is written with the transaction as its first parameter and is called
without it:

    class LaneStore(Subject):
        @writing
        def claim(self, tx: Transaction, lane: Lane, node: str) -> Claim | None: ...

    ledger.lanes.claim(lane, node)

On SQLite a verb may run in the thread of another caller, and twice: a group
commit in which another verb failed is done again. So a verb has no effect but
on the database.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from executor.ledger.clock import LedgerClock
from executor.ledger.columns import to_microseconds
from executor.ledger.database import Database
from executor.ledger.errors import LedgerUnavailable
from executor.ledger.tables import ONE_OF_KEY

T = TypeVar("T")
P = ParamSpec("P")
S = TypeVar("S", bound="Subject")


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction. `now` is the ledger's clock just before it began."""

    connection: Connection
    now: datetime

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return self.connection.dialect.name

    @property
    def now_microseconds(self) -> int:
        return to_microseconds(self.now)

    def microseconds_after(self, time: timedelta) -> int:
        """That long after now."""
        return to_microseconds(self.now + time)


@dataclass(frozen=True, slots=True)
class LastWrite:
    """How the last write ended. `failed` says why it failed, if it did; `at` (time.monotonic()): the last success."""

    failed: str | None
    at: float


class Transactions:
    """Runs verbs in transactions. Each raises LedgerUnavailable if the database cannot be used: then nothing is kept.

    Thread-safe.
    """

    def __init__(self, database: Database, clock: LedgerClock) -> None:
        self._database, self.clock = database, clock
        self.last_write = LastWrite(None, time.monotonic())

    def read(self, verb: Callable[[Transaction], T], within_seconds: float | None = None) -> T:
        """Raises LedgerSlow once the time is over."""
        now = self.clock.now()
        return self._database.read(lambda connection: verb(Transaction(connection, now)), within_seconds)

    def write(
        self, verb: Callable[[Transaction], T], *, durable: bool = False, within_seconds: float | None = None
    ) -> T:
        """On disk when it returns, if it is `durable`. Raises LedgerSlow once the time is over: see `Writer.write`.

        PostgreSQL may refuse an order that is marked as sent because another
        process sends for the same key at the same time. That process's order
        is committed by then: a second try sees it.
        """
        run = partial(self._write, verb, durable, within_seconds)
        try:
            return run()
        except IntegrityError as error:
            if not durable or ONE_OF_KEY not in str(error.orig):
                raise
        return run()

    def _write(self, verb: Callable[[Transaction], T], durable: bool, within_seconds: float | None) -> T:
        try:
            now = self.clock.now()
            result = self._database.write(
                lambda connection: verb(Transaction(connection, now)),
                durable=durable,
                within_seconds=within_seconds,
            )
        except LedgerUnavailable as error:
            self.last_write = LastWrite(str(error), self.last_write.at)
            raise
        self.last_write = LastWrite(None, time.monotonic())
        return result


class Subject:
    """One subject of the ledger: its statements stand in its module, its verbs are its methods."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions


def reading(verb: Callable[Concatenate[S, Transaction, P], T]) -> Callable[Concatenate[S, P], T]:
    """The verb reads."""

    @wraps(verb)
    def call(subject: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return subject.transactions.read(lambda tx: verb(subject, tx, *args, **kwargs))

    return call


def writing(verb: Callable[Concatenate[S, Transaction, P], T]) -> Callable[Concatenate[S, P], T]:
    """The verb writes what a power cut may lose: the exchange, or another verb, tells it again."""

    @wraps(verb)
    def call(subject: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return subject.transactions.write(lambda tx: verb(subject, tx, *args, **kwargs))

    return call


def writing_durably(verb: Callable[Concatenate[S, Transaction, P], T]) -> Callable[Concatenate[S, P], T]:
    """The verb's write is on disk when the verb returns."""

    @wraps(verb)
    def call(subject: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return subject.transactions.write(lambda tx: verb(subject, tx, *args, **kwargs), durable=True)

    return call
