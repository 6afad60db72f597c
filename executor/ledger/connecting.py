"""Opens the ledger's database, SQLite or PostgreSQL, the way durability and speed need it."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool, QueuePool

from executor.errors import LedgerError
from executor.ledger.errors import LedgerUnavailable
from executor.ledger.writer import PostgresWriter, SqliteWriter, Writer

BUSY_TIMEOUT_SECONDS = 5
POOL_SIZE = 24


class Database:
    """A writer and a pool for reading. Open it after the process has forked."""

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self.dialect = self.url.get_backend_name()
        self.writer: Writer
        if self.dialect == "sqlite":
            self.reads = sqlite_engine(self.url, "BEGIN", QueuePool)
            self.writer = SqliteWriter(sqlite_engine(self.url, "BEGIN IMMEDIATE", NullPool))
        else:
            self.reads = postgres_engine(self.url)
            self.writer = PostgresWriter(postgres_engine(self.url), postgres_engine(self.url, "off"))

    def close(self) -> None:
        self.writer.close()
        self.reads.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise LedgerError(f"ledger: {url!r} is not a database URL; write sqlite:///executor.db") from error
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


def sqlite_engine(url: URL, begin: str, pool: type[Any]) -> Engine:
    """`begin` opens every transaction: IMMEDIATE takes the write lock at once instead of failing half-way."""
    sizes = {} if pool is NullPool else {"pool_size": POOL_SIZE, "max_overflow": 0}
    engine = create_engine(
        url, poolclass=pool, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}, **sizes
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begins(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: URL, synchronous_commit: str = "on") -> Engine:
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_pre_ping=True,  # after a restart of the server the next call works again
            connect_args={"options": f"-c synchronous_commit={synchronous_commit}", "connect_timeout": 5},
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerError("ledger: PostgreSQL needs its driver; run pip install 'executor[postgresql]'") from error
