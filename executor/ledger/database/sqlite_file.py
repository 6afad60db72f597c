"""SQLite's file and its write-ahead log.

A file that is deleted or replaced stays open: writes to it would succeed, and
be lost with the process. So every durable write checks that the open file is
still the one at its path.

The write-ahead log grows while a reader stays, because SQLite keeps what that
reader may look at. PRAGMA journal_size_limit cuts the file when SQLite begins
it anew, which it does only in a moment without readers.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from executor.ledger.database.writer import unavailable
from executor.ledger.errors import LedgerGone

Identity = tuple[int, int]  # device, inode


class OpenedFile:
    """The file and its log, which holds the newest commits. Made when both have been opened."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).absolute()
        self._log = _log_of(self._path)
        self._opened = _identity(self._path)  # None: not a plain path, not checked
        self._opened_log: Identity | None = None  # the first transaction makes it

    def check(self) -> None:
        """Raises LedgerGone. Two calls to the system, some microseconds."""
        if self._opened is None:
            return
        log = _identity(self._log)
        log_replaced = self._opened_log and log != self._opened_log
        if log_replaced or _identity(self._path) != self._opened:
            raise LedgerGone(self._path.name)
        self._opened_log = log


def create_file(path: str) -> None:
    """Readable by its owner only, whatever the umask; SQLite gives its other files the same mode.

    A file that exists keeps its mode. If it cannot be created, SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def trim_log(path: Path, most_bytes: int) -> None:
    """Begin the log of this database anew if it is larger than that and no reader prevents it.

    Waits for no reader and no writer. The first pass does most of the work and
    delays no writer. Raises LedgerUnavailable.
    """
    if _bytes(_log_of(path)) <= most_bytes:
        return
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            for mode in ("PASSIVE", "TRUNCATE"):
                connection.execute(f"PRAGMA wal_checkpoint({mode})")
    except sqlite3.Error as error:
        raise unavailable(error) from error


def _log_of(path: Path) -> Path:
    return Path(f"{path}-wal")


def _bytes(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _identity(path: Path) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
