"""The calls under way, so that closing the ledger waits for them."""

import threading
from typing import Self

from executor.ledger.errors import LedgerUnavailable


class Callers:
    """A context for each call. Raises LedgerUnavailable once closed. Thread-safe."""

    def __init__(self) -> None:
        self._inside = 0
        self._closed = False
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        with self._changed:
            if self._closed:
                raise LedgerUnavailable("it is closed: the process is about to end")
            self._inside += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def close(self, longest_seconds: float) -> None:
        """Returns when no call is under way; each has a time limit of its own."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._inside, longest_seconds)
