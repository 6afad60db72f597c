"""A place for one thread at a time, which goes to the threads that wait for it in the order in which they came."""

import threading
from collections import deque


class Line:
    """Thread-safe. threading's own locks may go to a thread that has not waited at all."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """How many threads wait."""
        return len(self._waiting)

    def take(self, most_waiting: int, timeout_seconds: float) -> bool:
        """Whether the caller has the place now. False at once if so many wait already."""
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

    def leave(self) -> None:
        """Only for the thread that has the place."""
        with self._guard:
            self._taken = bool(self._waiting)
            if self._waiting:
                self._waiting.popleft().set()
