"""How connections to SQLite and PostgreSQL are made. No call may hang, so every wait has its limit."""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool, QueuePool

from executor.errors import LedgerError
from executor.ledger.errors import LedgerUnavailable

_DEAD_PEER = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
}


@dataclass(frozen=True, slots=True)
class DatabaseLimits:
    """How long a call waits for a lock or a free connection, how many connections a pool has, how large a log grows.

    The last two time limits are for PostgreSQL: a statement is ended, and a
    frozen process keeps no lane's row locked.
    """

    lock_seconds: float = 5.0
    pool_size: int = 12
    log_bytes: int = 64 * 1024 * 1024  # SQLite's write-ahead log
    statement_seconds: float = 10.0
    idle_transaction_seconds: float = 10.0

    def postgres_settings(self) -> dict[str, str]:
        return {
            "lock_timeout": _milliseconds(self.lock_seconds),
            "statement_timeout": _milliseconds(self.statement_seconds),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_transaction_seconds),
        }


def parse_url(url: str) -> URL:
    """Raises LedgerError, which never shows the URL: it may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise LedgerError("ledger: this is not a database URL; write sqlite:///executor.db") from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise LedgerError(f"ledger: {backend} is not supported; use sqlite:/// or postgresql+psycopg://")
    if backend == "sqlite":
        _check_path(parsed.database)
    return parsed


def _check_path(file: str | None) -> None:
    if not file or file == ":memory:":
        raise LedgerError("ledger: sqlite needs a file, so that nothing is lost; write sqlite:///executor.db")
    folder = Path(file).absolute().parent
    if not folder.is_dir():
        raise LedgerUnavailable(f"its folder {folder} does not exist")


def sqlite_engine(url: URL, limits: DatabaseLimits, begin: str = "", *, pooled: bool = False) -> Engine:
    """`begin` opens every transaction: IMMEDIATE takes the write lock at once instead of failing half-way.

    Without it, the user of a connection begins the transaction.
    """
    engine = create_engine(
        url.set(drivername="sqlite"),
        connect_args={"timeout": limits.lock_seconds, "check_same_thread": False},
        **(_pool(limits) if pooled else {"poolclass": NullPool}),
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself
        _keep_write_ahead_log(connection, limits.lock_seconds)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA journal_size_limit={limits.log_bytes}")
        if pooled:
            connection.execute("PRAGMA cache_size=-256")  # KiB; else each connection may keep 2 MB

    if begin:

        @event.listens_for(engine, "begin")
        def begins(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine


def _keep_write_ahead_log(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """On a new file, processes that start together lock each other out here, and SQLite does not wait by itself."""
    until = time.monotonic() + patience_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def postgres_engine(url: URL, limits: DatabaseLimits, **settings: str) -> Engine:
    """`settings` are the server's, for each connection, on top of the URL's own `options`."""
    given = [f"-c {name}={value}" for name, value in settings.items()]
    options = [*url.normalized_query.get("options", ()), *given]
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,  # after a restart of the server the next call works again
            connect_args=_DEAD_PEER | url.query | {"options": " ".join(options)},
            **_pool(limits),
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerError("ledger: PostgreSQL needs its driver; run pip install 'psycopg[binary]'") from error


def _pool(limits: DatabaseLimits) -> dict[str, Any]:
    return {
        "poolclass": QueuePool,
        "pool_size": limits.pool_size,
        "max_overflow": 0,
        "pool_timeout": limits.lock_seconds,
    }


def _milliseconds(seconds: float) -> str:
    return f"{int(seconds * 1000)}ms"
