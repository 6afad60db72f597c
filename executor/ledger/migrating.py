"""Brings the ledger's tables up to this version; any number of processes may start at once.

A new ledger gets the tables as they are, an older one goes through Alembic's
migrations. Alembic is loaded only for that: it would double the time and
memory of an ordinary start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select

from executor.ledger.database import TROUBLE, Database, postgres_engine, sqlite_engine, unavailable
from executor.ledger.errors import LedgerOutdated
from executor.ledger.tables import metadata, prepare_for_postgresql

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
# Alembic's own record, as it makes it
_APPLIED = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
_ONE_AT_A_TIME = 0x6578_6563  # the name of PostgreSQL's advisory lock for this


def alembic_config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def versions() -> list[str]:
    """All versions, oldest first: a migration's file name begins with its version."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return sorted(file.stem.partition("_")[0] for file in files)


def newest_version() -> str:
    return versions()[-1]


def migrate(database: Database) -> None:
    """One transaction, under a lock: SQLite's write lock, or an advisory lock on PostgreSQL."""
    if database.dialect == "sqlite":
        engine = sqlite_engine(database.url, database.limits, "BEGIN IMMEDIATE")
    else:
        engine = postgres_engine(database.url, database.limits, lock_timeout="60s")
    try:
        with engine.begin() as connection:
            if database.dialect == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
            found = _version(connection)
            if found is None:
                create(connection)
            elif found != newest_version():
                _refuse_newer(found)
                upgrade(connection)
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


def create(connection: Connection) -> None:
    """All tables, as if every migration had been run."""
    if connection.dialect.name == "postgresql":
        prepare_for_postgresql()
    metadata.create_all(connection)
    _APPLIED.create(connection)
    connection.execute(insert(_APPLIED).values(version_num=newest_version()))


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing."""
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


def _refuse_newer(found: str) -> None:
    if found not in versions():
        raise LedgerOutdated(found, newest_version())
