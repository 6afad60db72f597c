"""For callers that wait only so long, whatever the database does: work in threads that they can leave."""

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
        """What the work returns or raises. Raises LedgerSlow once the time is over: then the work does not
        begin any more, or is told that its caller has left.
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
        """Returns when the work under way has ended: the database's own time limits see to that."""
        self._pool.shutdown(cancel_futures=True)
