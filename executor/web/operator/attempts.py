"""Counts wrong passwords: after some of them an address has to wait, longer each time. Each address has its own count.

Unlike a lock on senders (`executor.engine`), a wait holds back right passwords too: people choose them, so they can be
guessed.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from executor.engine.senders.lockout import neighbourhood

FREE = 5  # wrong passwords in a row without a wait, for typing errors
LONGEST_SECONDS = 900.0
MOST_ADDRESSES = 4096  # of the others, those that were wrong longest ago are forgotten
MOST_RIGHT = 64  # addresses that the operator logged in from
IPV6_BITS = 48  # a network that large costs nothing: it has 65,536 of /64, more than are remembered


class Attempts:
    """Thread-safe, and of this process alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()  # network → how many in a row, the last when
        self._right: OrderedDict[str, None] = OrderedDict()  # networks, the one used last at the end
        self._lock = threading.Lock()

    def wait_seconds(self, address: str | None) -> float:
        """How long this address must not try; 0 if it may now."""
        with self._lock:
            count, last = self._wrong.get(_network(address), (0, 0.0))
        pause = min(2.0 ** min(count - FREE, 20), LONGEST_SECONDS) if count >= FREE else 0.0
        return max(0.0, last + pause - self._clock())

    def wrong(self, address: str | None) -> None:
        with self._lock:
            count, _ = self._wrong.pop(_network(address), (0, 0.0))
            self._wrong[_network(address)] = (count + 1, self._clock())
            if len(self._wrong) > MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def right(self, address: str | None) -> None:
        with self._lock:
            self._wrong.pop(_network(address), None)
            self._right[_network(address)] = None
            self._right.move_to_end(_network(address))
            if len(self._right) > MOST_RIGHT:
                self._right.popitem(last=False)

    def was_right(self, address: str | None) -> bool:
        """Whether the operator has logged in from there."""
        with self._lock:
            return _network(address) in self._right

    def was_wrong(self, address: str | None) -> bool:
        """Whether a wrong password came from there after the last right one."""
        with self._lock:
            return _network(address) in self._wrong


def _network(address: str | None) -> str:
    return neighbourhood(address, IPV6_BITS)
