"""When which lane runs: a bounded number of threads take lanes as they fall due, each lane on one thread at a time.

No account gets all of the threads: an exchange or a proxy that hangs holds up its own accounts only. A lane with a new
alert goes before lanes that come back by themselves, most of which look for evidence; these leave a part of their
account's threads to new alerts.
"""

import heapq
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from datetime import timedelta
from enum import IntEnum
from queue import SimpleQueue

import structlog

from executor.core.order import Lane

log = structlog.get_logger()

Bell = SimpleQueue[None]  # rung to wake one thread
FRESH_IN_A_ROW = 4  # then one of the others is served, if one is ready


class Again(IntEnum):
    """Whether a lane that runs is to run once more."""

    NO = 0
    YES = 1
    FRESH = 2  # an alert has come for it


class Scheduler:
    """`run(lane)` advances a lane and returns after how long it wants to run again, None if it is idle.

    A lane that raises an error runs again after `retry`.
    """

    def __init__(self, run: Callable[[Lane], timedelta | None], threads: int, retry: timedelta) -> None:
        self._run, self._retry = run, retry
        self._lock = threading.Lock()
        self._fresh: OrderedDict[Lane, None] = OrderedDict()  # due now because of an alert, in the order of coming
        self._ready: OrderedDict[Lane, None] = OrderedDict()  # due now, in the order of falling due; none is in both
        self._fresh_in_a_row = 0
        self._running: dict[Lane, Again] = {}
        self._of_account: Counter[str] = Counter()  # how many of its lanes are running
        self._share = threads - threads // 4  # of one account, at most
        self._share_of_others = self._share - self._share // 4  # of these, for lanes that no alert has just come for
        self._due: dict[Lane, float] = {}  # the times that count; the heap may hold outdated entries too
        self._heap: list[tuple[float, Lane]] = []
        self._sooner = threading.Condition(self._lock)
        self._idle: list[Bell] = []  # one a thread; the thread that worked last works next, because its caches are warm
        self._stopping = False
        self._threads = [threading.Thread(target=self._keep_time, name="lanes' clock", daemon=True)]
        self._threads += [threading.Thread(target=self._work, name=f"lanes {n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake_first(self, lane: Lane) -> None:
        """Run the lane now, before those that no alert has just come for."""
        with self._lock:
            self._make_ready(lane, fresh=True)

    def wake(self, lane: Lane, after: timedelta = timedelta(0)) -> None:
        """Run the lane after that long, or sooner if that was already wanted."""
        with self._lock:
            if after <= timedelta(0):
                self._make_ready(lane)
            elif lane not in self._ready and lane not in self._fresh:
                self._make_due(lane, time.monotonic() + after.total_seconds())

    @property
    def busy(self) -> bool:
        """Whether a lane is running or due now."""
        with self._lock:
            ready = self._running or self._fresh or self._ready
            return bool(ready) or any(due <= time.monotonic() for due in self._due.values())

    def stop(self, within_seconds: float) -> None:
        """Start no further lane; returns when those under way have ended, or after that long."""
        with self._lock:
            self._stopping = True
            self._sooner.notify()
            for bell in self._idle:
                bell.put(None)
        deadline = time.monotonic() + within_seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _make_ready(self, lane: Lane, *, fresh: bool = False) -> None:
        self._due.pop(lane, None)
        if lane in self._running:
            self._running[lane] = max(self._running[lane], Again.FRESH if fresh else Again.YES)
            return
        if lane in self._fresh or (lane in self._ready and not fresh):
            return
        self._ready.pop(lane, None)
        (self._fresh if fresh else self._ready)[lane] = None
        if self._idle:
            self._idle.pop().put(None)

    def _make_due(self, lane: Lane, due: float) -> None:
        if due < self._due.get(lane, float("inf")):
            self._due[lane] = due
            heapq.heappush(self._heap, (due, lane))
            if self._heap[0] == (due, lane):
                self._sooner.notify()

    def _keep_time(self) -> None:
        with self._lock:
            while not self._stopping:
                self._sooner.wait(self._until_next())

    def _until_next(self) -> float | None:
        """Seconds until a lane falls due, once those that have are ready; None if no lane waits for its time."""
        while self._heap:
            due, lane = self._heap[0]
            if self._due.get(lane) == due:
                if (wait := due - time.monotonic()) > 0:
                    return wait
                self._make_ready(lane)
            heapq.heappop(self._heap)
        return None

    def _work(self) -> None:
        mine: Bell = SimpleQueue()
        while (lane := self._take(mine)) is not None:
            self._finish(lane, self._guarded(lane))

    def _guarded(self, lane: Lane) -> timedelta | None:
        """The one broad except of a lane thread: every error is logged, and the lane is run again."""
        try:
            return self._run(lane)
        except Exception:
            log.exception("lane failed", account=lane.account, symbol=lane.symbol)
            return self._retry

    def _take(self, mine: Bell) -> Lane | None:
        """The next lane that is ready; waits for one. None when stopping."""
        while True:
            with self._lock:
                if self._stopping:
                    return None
                if lane := self._next():
                    self._running[lane] = Again.NO
                    self._of_account[lane.account] += 1
                    return lane
                self._idle.append(mine)
            mine.get()

    def _next(self) -> Lane | None:
        """Take one out of the queues. Lanes without an alert are served too, even if alerts keep coming."""
        queues = [(self._fresh, self._share), (self._ready, self._share_of_others)]
        if self._fresh_in_a_row >= FRESH_IN_A_ROW:
            queues.reverse()
        for queue, share in queues:
            for lane in queue:
                if self._of_account[lane.account] < share:
                    self._fresh_in_a_row = self._fresh_in_a_row + 1 if queue is self._fresh else 0
                    del queue[lane]
                    return lane
        return None

    def _finish(self, lane: Lane, again: timedelta | None) -> None:
        with self._lock:
            self._of_account[lane.account] -= 1
            if again_now := self._running.pop(lane):
                self._make_ready(lane, fresh=again_now is Again.FRESH)
        if again is not None:
            self.wake(lane, again)
