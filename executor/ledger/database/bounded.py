"""For callers that wait only for a limited time: work in threads that a caller can leave."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from executor.ledger.errors import LedgerSlow

T = TypeVar("T")
Left = threading.Event  # set once the caller has gone


class Bounded:
    """Its threads start when they are first needed."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "ledger")

    def run(self, work: Callable[[Left], T], within_seconds: float) -> T:
        """What the work returns or raises. Raises LedgerSlow once the time is over.

        Work that has not begun by then does not begin; work under way sees
        that its caller has left.
        """
        left = Left()
        future = self._pool.submit(work, left)
        done, _ = wait([future], within_seconds)
        if not done and not future.cancel():
            left.set()
        if not done:
            raise LedgerSlow
        return future.result()

    def close(self) -> None:
        """Returns when the work under way has ended; the database's own time limits end it."""
        self._pool.shutdown(cancel_futures=True)
