"""Brings the ledger's tables up to this version, with Alembic; any number of processes may start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from executor.ledger.connecting import Database, postgres_engine, sqlite_engine
from executor.ledger.errors import LedgerOutdated
from executor.ledger.writer import TROUBLE, unavailable

_ONE_AT_A_TIME = 0x6578_6563  # the name of PostgreSQL's advisory lock for this


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def newest_version() -> str:
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


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
                command.upgrade(alembic_config(connection), "head")
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
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if found is not None and found not in known:
        raise LedgerOutdated(found, newest_version())
