"""The threads that answer requests."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether a connection is kept after its request: as much of a Future that is done as gunicorn asks for."""

    kept: bool

    def cancelled(self) -> bool:
        return False

    def result(self) -> bool:
        return self.kept


class Threads(Generic[T]):
    """Runs `answer(item)` for each item, on at most so many threads, which start when they are needed.

    The thread that worked last works next: its caches are warm. concurrent.futures wakes the one that has waited
    longest, and its futures, which no thread waits for here, take forty calls for each item. The threads end with
    the process; idle ones also when they are told to.
    """

    def __init__(self, most: int, answer: Callable[[T], None]) -> None:
        self._most, self._answer = most, answer
        self._lock = threading.Lock()
        self._started = 0
        self._idle: list[SimpleQueue[T | None]] = []  # one a thread
        self._waiting: deque[T] = deque()  # for a thread, oldest first

    def run(self, item: T) -> None:
        """Returns at once."""
        with self._lock:
            if self._idle:
                self._idle.pop().put(item)
            elif self._started < self._most:
                self._started += 1
                name = f"answers {self._started}"
                threading.Thread(target=self._work, args=(item,), name=name, daemon=True).start()
            else:
                self._waiting.append(item)

    def shutdown(self, wait: bool = False) -> None:
        """End those that are idle. gunicorn's name for it, and arguments; it never waits."""
        with self._lock:
            while self._idle:
                self._idle.pop().put(None)

    def _work(self, item: T | None) -> None:
        mine: SimpleQueue[T | None] = SimpleQueue()
        while item is not None:
            self._answer(item)
            item = self._next(mine) or mine.get()

    def _next(self, mine: "SimpleQueue[T | None]") -> T | None:
        """The item that has waited longest; if there is none, `mine` is told of the next to come."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(mine)
            return None
