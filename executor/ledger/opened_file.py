"""Whether the file that is open is still the one at its path.

A file that is deleted or replaced stays open: everything would go on, and be gone with the process.
"""

import os
from pathlib import Path

from executor.ledger.errors import LedgerGone

Identity = tuple[int, int]  # device, inode


class OpenedFile:
    """SQLite's file and its write-ahead log, which holds what was committed last. Made when they have been opened."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).absolute()
        self._log = Path(f"{self._path}-wal")
        self._opened = _identity(self._path)  # None for what is no plain path, which is not looked after
        self._opened_log: Identity | None = None  # until there is one: the first transaction makes it

    def check(self) -> None:
        """Raises LedgerGone. Two calls to the system, some microseconds."""
        if self._opened is None:
            return
        log = _identity(self._log)
        if _identity(self._path) != self._opened or (self._opened_log and log != self._opened_log):
            raise LedgerGone(self._path.name)
        self._opened_log = log


def _identity(path: Path) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
