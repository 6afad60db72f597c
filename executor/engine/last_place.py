"""Reads the bodies of strangers one at a time, so that they cannot keep threads and processor from right alerts.

A stranger is an address from which no right alert has come to this process. Its body waits for the last place if it is
long or meets a lock. A lock has no say in a right attempt, so a body that may hold a right secret is read all the same;
only later, or, with too many before it, not now.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from executor.engine.line import Line
from executor.engine.lockout import neighbourhood
from executor.errors import ExecutorError

LONG_BYTES = 4096  # nearly every alert is shorter, and to read so much takes less than a millisecond
MOST_WAITING = 3  # threads; each of the others answers right alerts
LONGEST_WAIT_SECONDS = 0.25
MOST_ADDRESSES = 1000  # that right alerts came from; of more, those used longest ago are strangers again


class NotRead(ExecutorError):
    """The alert was not looked at, and nothing was stored. Right or wrong, it may come again."""

    def __init__(self) -> None:
        super().__init__(
            "too many unproven alerts are being read just now, and this one was not; send it again: a right secret in "
            "the path or in a header is let in at any time"
        )


class LastPlace:
    """Thread-safe, and of this process alone."""

    def __init__(self) -> None:
        self._line = Line()
        self._guard = threading.Lock()
        self._familiar: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """The place, once it is free. Raises NotRead if that takes too long."""
        if not self._line.take(MOST_WAITING, LONGEST_WAIT_SECONDS):
            raise NotRead
        try:
            yield
        finally:
            self._line.leave()

    def is_stranger(self, address: str | None) -> bool:
        return neighbourhood(address) not in self._familiar

    def note_right(self, address: str | None) -> None:
        """A right alert came from there."""
        known = neighbourhood(address)
        with self._guard:
            self._familiar[known] = None
            self._familiar.move_to_end(known)
            if len(self._familiar) > MOST_ADDRESSES:
                self._familiar.popitem(last=False)
