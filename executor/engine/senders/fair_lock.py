"""A lock that goes to the threads that wait for it in the order in which they came, with a bound on how many wait."""

import threading
from collections import deque


class FairLock:
    """Unlike it, a lock of threading may go to a thread that has not waited at all."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """How many threads wait."""
        return len(self._waiting)

    def acquire(self, most_waiting: int, timeout_seconds: float) -> bool:
        """Whether the caller holds the lock now. False at once if `most_waiting` threads wait already."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            if len(self._waiting) >= most_waiting:
                return False
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout_seconds):
            return True
        with self._guard:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Only for the thread that holds it."""
        with self._guard:
            self._taken = bool(self._waiting)
            if self._waiting:
                self._waiting.popleft().set()
