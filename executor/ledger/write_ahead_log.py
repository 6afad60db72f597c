"""Keeps SQLite's write-ahead log small. It grows while a reader stays, since what a reader may look at is kept.

PRAGMA journal_size_limit cuts the file when SQLite begins it anew, which it does only in a moment without readers.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from executor.ledger.writer import unavailable

MOST_BYTES = 64 * 1024 * 1024


def trim(file: Path) -> None:
    """Begin the log of this database anew if it is larger than that, and if no reader is in the way: none is waited
    for, and neither is a writer. The first pass does most of the work, and holds up no writer. Raises
    LedgerUnavailable.
    """
    if _bytes(file) <= MOST_BYTES:
        return
    try:
        with closing(sqlite3.connect(file, timeout=0)) as connection:
            for mode in ("PASSIVE", "TRUNCATE"):
                connection.execute(f"PRAGMA wal_checkpoint({mode})")
    except sqlite3.Error as error:
        raise unavailable(error) from error


def _bytes(file: Path) -> int:
    with suppress(FileNotFoundError):
        return Path(f"{file}-wal").stat().st_size
    return 0
