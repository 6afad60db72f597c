"""Opens the ledger's database, SQLite or PostgreSQL, the way durability and speed need it."""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool, QueuePool

from executor.errors import LedgerError
from executor.ledger import write_ahead_log
from executor.ledger.bounded import Bounded
from executor.ledger.errors import LedgerUnavailable
from executor.ledger.writer import TROUBLE, PostgresWriter, SqliteWriter, T, Verb, Writer, unavailable

BUSY_TIMEOUT_SECONDS = 5
POOL_SIZE = 12  # of each of the pools; a caller waits for a free connection as long as for a lock
# No call may hang, and no frozen process keep a lane's row locked.
_WAITS = {"lock_timeout": "5s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "10s"}
_DEAD_PEER = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 5, "keepalives_interval": 5}


class Database:
    """A writer and a pool for reading. Open it after the process has forked."""

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self.dialect = self.url.get_backend_name()
        self.bounded = Bounded(POOL_SIZE)
        self.writer: Writer
        if self.dialect == "sqlite":
            _create(self.url.database or "")
            self.reads = sqlite_engine(self.url, "BEGIN", pooled=True)
            self.writer = SqliteWriter(sqlite_engine(self.url), BUSY_TIMEOUT_SECONDS)
        else:
            self.reads = postgres_engine(self.url, **_WAITS)
            self.writer = PostgresWriter(
                durable=postgres_engine(self.url, **_WAITS, synchronous_commit="on"),
                lazy=postgres_engine(self.url, **_WAITS, synchronous_commit="off"),
                bounded=self.bounded,
            )

    def trim(self) -> None:
        """Give back the disk that a write-ahead log has grown by."""
        if self.dialect == "sqlite":
            write_ahead_log.trim(Path(self.url.database or ""))

    def read(self, verb: Verb[T]) -> T:
        """Raises LedgerUnavailable."""
        try:
            with self.reads.begin() as connection:
                return verb(connection)
        except TROUBLE as error:
            raise unavailable(error) from error

    def close(self) -> None:
        self.bounded.close()
        self.writer.close()
        self.reads.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # their words hold the URL, and so its password
        raise LedgerError("ledger: this is not a database URL; write sqlite:///executor.db") from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise LedgerError(
            f"ledger: {parsed.get_backend_name()} is not supported; use sqlite:/// or postgresql+psycopg://"
        )
    if parsed.get_backend_name() == "sqlite":
        _check_file(parsed.database)
    return parsed


def _check_file(file: str | None) -> None:
    if not file or file == ":memory:":
        raise LedgerError("ledger: sqlite needs a file, so that nothing is lost; write sqlite:///executor.db")
    folder = Path(file).absolute().parent
    if not folder.is_dir():
        raise LedgerUnavailable(f"its folder {folder} does not exist")


def _create(file: str) -> None:
    """For its owner alone, whatever the umask; SQLite gives its other files the same mode. One that exists keeps its
    own. If it cannot be created, SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def sqlite_engine(url: URL, begin: str = "", *, pooled: bool = False) -> Engine:
    """`begin` opens every transaction: IMMEDIATE takes the write lock at once instead of failing half-way. Without it,
    the user of a connection begins it.
    """
    engine = create_engine(
        url.set(drivername="sqlite"),
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        **(_pool() if pooled else {"poolclass": NullPool}),
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say
        _keep_write_ahead_log(connection)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA journal_size_limit={write_ahead_log.MOST_BYTES}")
        if pooled:
            connection.execute("PRAGMA cache_size=-256")  # KiB; each of many would come to keep 2 MB

    if begin:

        @event.listens_for(engine, "begin")
        def begins(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine


def _keep_write_ahead_log(connection: sqlite3.Connection) -> None:
    """On a new file, processes that start together lock each other out here, and SQLite does not wait by itself."""
    until = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def postgres_engine(url: URL, **settings: str) -> Engine:
    """`settings` are the server's, for each connection, on top of the URL's own `options`."""
    options = [*url.normalized_query.get("options", ()), *(f"-c {name}={value}" for name, value in settings.items())]
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,  # after a restart of the server the next call works again
            connect_args=_DEAD_PEER | url.query | {"options": " ".join(options)},
            **_pool(),
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerError("ledger: PostgreSQL needs its driver; run pip install 'psycopg[binary]'") from error


def _pool() -> dict[str, Any]:
    return {
        "poolclass": QueuePool,
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "pool_timeout": BUSY_TIMEOUT_SECONDS,
    }
