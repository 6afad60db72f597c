"""Brings the ledger's tables up to this version, with Alembic; any number of processes may start at once.

Alembic is loaded only when there is something to migrate: it would double the time and memory of an ordinary start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from executor.ledger.connecting import Database, postgres_engine, sqlite_engine
from executor.ledger.errors import LedgerOutdated
from executor.ledger.writer import TROUBLE, unavailable

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_APPLIED = table("alembic_version", column("version_num"))  # Alembic's own record
_ONE_AT_A_TIME = 0x6578_6563  # the name of PostgreSQL's advisory lock for this


def alembic_config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def versions() -> list[str]:
    """All there are, oldest first: a migration's file name begins with its version."""
    return sorted(file.stem.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def newest_version() -> str:
    return versions()[-1]


def migrate(database: Database) -> None:
    """One transaction, under a lock: SQLite's write lock, or an advisory lock on PostgreSQL."""
    if database.dialect == "sqlite":
        engine = sqlite_engine(database.url, "BEGIN IMMEDIATE")
    else:
        engine = postgres_engine(database.url, lock_timeout="60s")
    try:
        with engine.begin() as connection:
            if database.dialect == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
            found = _version(connection)
            if found != newest_version():
                _refuse_newer(found)
                _upgrade(connection)
    except TROUBLE as error:
        raise unavailable(error) from error
    finally:
        engine.dispose()


def check_version(connection: Connection) -> None:
    """Raises LedgerOutdated."""
    found, known = _version(connection), newest_version()
    if found != known:
        raise LedgerOutdated(found, known)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_APPLIED.name):
        return None
    found: str | None = connection.execute(select(_APPLIED.c.version_num)).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in versions():
        raise LedgerOutdated(found, newest_version())
