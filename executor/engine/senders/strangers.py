"""Reads the bodies of strangers one at a time, so that threads and processor stay free for right alerts.

A stranger is an address from which no right alert has come to this process. Its body waits for its turn if it is long
or meets a lock. A lock must not refuse a right attempt, so a body that may hold a right secret is still read: later,
or, if too many wait, not now.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from executor.engine.senders.fair_lock import FairLock
from executor.engine.senders.lockout import neighbourhood
from executor.errors import ExecutorError

LONG_BYTES = 4096  # nearly every alert is shorter; to read this much takes less than a millisecond
MOST_WAITING = 3  # threads; each of the others answers right alerts
LONGEST_WAIT_SECONDS = 0.25
MOST_ADDRESSES = 1000  # that right alerts came from; beyond that, those used longest ago are strangers again


class NotRead(ExecutorError):
    """The alert was not read and nothing was stored. It may be sent again, right or wrong."""

    def __init__(self) -> None:
        super().__init__(
            "too many unproven alerts are being read just now, so this one was not; send it again: a right secret in "
            "the path or in a header is always read"
        )


class Strangers:
    """Thread-safe, and of this process alone."""

    def __init__(self) -> None:
        self._lock = FairLock()
        self._guard = threading.Lock()
        self._familiar: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Waits until no other stranger's body is being read. Raises NotRead if that takes too long."""
        if not self._lock.acquire(MOST_WAITING, LONGEST_WAIT_SECONDS):
            raise NotRead
        try:
            yield
        finally:
            self._lock.release()

    def is_stranger(self, address: str | None) -> bool:
        return neighbourhood(address) not in self._familiar

    def note_proven(self, address: str | None) -> None:
        """A right alert came from there."""
        known = neighbourhood(address)
        with self._guard:
            self._familiar[known] = None
            self._familiar.move_to_end(known)
            if len(self._familiar) > MOST_ADDRESSES:
                self._familiar.popitem(last=False)
