"""Which lanes wait to see a position, and for which of them a client waits."""

import threading

from executor.core.order import Lane


class Attention:
    """Thread-safe."""

    def __init__(self) -> None:
        self._watching: set[Lane] = set()
        self._urgent: set[Lane] = set()
        self._lock = threading.Lock()

    def urge(self, lane: Lane) -> None:
        """A client waits for the end of the lane's order."""
        with self._lock:
            self._urgent.add(lane)

    def begin(self, lane: Lane) -> bool:
        """The lane is about to look at its account's watch: called before, so that it misses no read. Whether a
        client waits for it.
        """
        with self._lock:
            self._watching.add(lane)
            return lane in self._urgent

    def end(self, lane: Lane) -> None:
        """The lane has seen what it waited for."""
        with self._lock:
            self._watching.discard(lane)
            self._urgent.discard(lane)

    def waiting(self, account: str) -> list[Lane]:
        """The lanes of an account that wait for its watch to read the position; each is returned once."""
        with self._lock:
            found = [lane for lane in self._watching if lane.account == account]
            self._watching.difference_update(found)
        return found
