"""When which lane runs: a bounded number of threads take lanes as they fall due, each lane on one thread at a time."""

import heapq
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from executor.core.order import Lane

log = structlog.get_logger()

AFTER_TROUBLE = timedelta(seconds=1)


class Schedule:
    """`run(lane)` advances a lane and returns after how long it wants to run again, None if it is idle."""

    def __init__(self, run: Callable[[Lane], timedelta | None], threads: int) -> None:
        self._run = run
        self._changed = threading.Condition()
        self._due: dict[Lane, float] = {}  # what counts; the heap may hold outdated entries besides
        self._heap: list[tuple[float, Lane]] = []
        self._running: set[Lane] = set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"lanes {number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self, lane: Lane, after: timedelta = timedelta(0)) -> None:
        """Run the lane after that long, or sooner if that was already wanted."""
        due = time.monotonic() + after.total_seconds()
        with self._changed:
            if due < self._due.get(lane, float("inf")):
                self._due[lane] = due
                heapq.heappush(self._heap, (due, lane))
                self._changed.notify()

    @property
    def busy(self) -> bool:
        """Whether a lane is running or due now."""
        with self._changed:
            return bool(self._running) or any(due <= time.monotonic() for due in self._due.values())

    def stop(self, within_seconds: float) -> None:
        """Start no further lane; returns when those under way have ended, or after that long."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + within_seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while (lane := self._take()) is not None:
            self._finish(lane, self._guarded(lane))

    def _guarded(self, lane: Lane) -> timedelta | None:
        """The one broad except of a lane thread: whatever goes wrong is told, and the lane is run again."""
        try:
            return self._run(lane)
        except Exception:
            log.exception("lane failed", account=lane.account, symbol=lane.symbol)
            return AFTER_TROUBLE

    def _take(self) -> Lane | None:
        """The next lane that is due and not running; waits for one. None when stopping."""
        with self._changed:
            while not self._stopping:
                wait = self._until_next()
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                _, lane = heapq.heappop(self._heap)
                del self._due[lane]
                self._running.add(lane)
                return lane
        return None

    def _until_next(self) -> float | None:
        """Seconds until the top of the heap is due, once outdated entries and running lanes are off it."""
        while self._heap:
            due, lane = self._heap[0]
            if self._due.get(lane) == due and lane not in self._running:
                return due - time.monotonic()
            heapq.heappop(self._heap)  # a running lane's wish is put back when it has finished
        return None

    def _finish(self, lane: Lane, again: timedelta | None) -> None:
        with self._changed:
            self._running.discard(lane)
            if lane in self._due:
                heapq.heappush(self._heap, (self._due[lane], lane))
                self._changed.notify()
        if again is not None:
            self.wake(lane, again)
