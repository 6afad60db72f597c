"""SQLite or PostgreSQL, opened the way durability and speed need it.

Read in this order:

- `database`: `Database` is one ledger's database, opened. It reads and writes.
- `writer`: what a write promises, and how PostgreSQL keeps it.
- `group_commit`: the same on SQLite. One sync of the disk commits the writes
  of many threads.
- `engines`: how connections are made, with every time limit.
- `sqlite_file`: SQLite's files. Are they still the ones that were opened, and
  how large is the write-ahead log?
- `callers`: closing waits for the calls under way.
- `bounded`: for callers that wait only for a limited time.

Threads: `Bounded` owns up to twelve, which start when they are first needed.
"""

from executor.ledger.database.database import Database
from executor.ledger.database.engines import DatabaseLimits, postgres_engine, sqlite_engine
from executor.ledger.database.writer import TROUBLE, unavailable

__all__ = ["TROUBLE", "Database", "DatabaseLimits", "postgres_engine", "sqlite_engine", "unavailable"]
