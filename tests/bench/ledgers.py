"""The ledgers of a run: empty ones of either kind, and one with a long history."""

import sqlite3
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, text

from executor.ledger.tables import alerts, orders, sends
from tests.postgres import running_postgres

ENDED = "SELECT {} FROM orders WHERE state = 'confirmed' AND seq <= :last"
# What tells a copy from what it was copied from, and which rows of a table are copied. Orders come last: they choose.
COPIED = [
    (sends, {"order_id", "client_order_id"}, f"order_id IN ({ENDED.format('id')})"),
    (alerts, {"receipt"}, f"receipt IN ({ENDED.format('receipt')})"),
    (orders, {"id", "receipt"}, f"id IN ({ENDED.format('id')})"),
]
MOMENTS = {
    "at",
    "received_at",
    "updated_at",
    "signed_at",
    "answered_at",
    "signal_at",
    "arrived_at",
    "deadline",
    "left_at",
}
MINUTE = 60_000_000


class Ledgers(ExitStack):
    """They exist until it is closed."""

    def __init__(self):
        super().__init__()
        self._folder = Path(self.enter_context(TemporaryDirectory(prefix="bench-ledgers-")))
        self._numbers = count()
        self._postgres = None
        self._long = {}

    def sqlite(self):
        """The URL of a new one."""
        return f"sqlite:///{self._folder}/{next(self._numbers)}.db"

    def postgresql(self):
        """The URL of a new one, on a server that all share."""
        self._postgres = self._postgres or self.enter_context(running_postgres(self._folder))
        name = f"bench{next(self._numbers)}"
        engine = create_engine(self._postgres, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._postgres.replace("/postgres?", f"/{name}?")

    def long(self, size, record):
        """The URL of the one with `size` orders; `record` puts the first ones into an empty one."""
        if size not in self._long:
            url = self.sqlite()
            record(url)
            multiply(url.removeprefix("sqlite:///"), size)
            self._long[size] = url
        return self._long[size]


def multiply(file, size):
    """Copy what has ended, with all that belongs to it, until there are `size` orders; each copy a minute older."""
    connection = sqlite3.connect(file)
    with connection:
        [(last, ended)] = connection.execute("SELECT max(seq), sum(state = 'confirmed') FROM orders")
        for table, keys, chosen in COPIED:
            columns = [column.name for column in table.columns if column.autoincrement is not True]
            copies = ", ".join(_copied(name, keys) for name in columns)
            connection.execute(
                "WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < :copies) "
                f"INSERT INTO {table.name} ({', '.join(columns)}) "
                f"SELECT {copies} FROM {table.name}, copy WHERE {chosen}",
                {"copies": size // ended, "last": last},
            )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _copied(name, keys):
    if name in keys:
        return f"{name} || '-' || n"
    return f"{name} - n * {MINUTE}" if name in MOMENTS else name
