"""Counts unfinished orders, and refuses an alert where there are too many."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping

from executor.core.order import Lane
from executor.errors import ExecutorError
from executor.ledger import Ledger

# Orders. Hundreds of alerts for one lane may come at once, and a look at a lane reads all of its orders: at this limit,
# 3 MB. An alert lives for about a minute (a rule's max_age), and one account may send 10 reversals a second: beyond
# this limit most orders would expire.
MOST_OF_LANE = 1_000
MOST_OF_ACCOUNT = 5_000


class TooMuchToDo(ExecutorError):
    """A new alert is not taken just now: nothing of it was stored, and it may be sent again."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where}, the most that may wait there; nothing of this alert was stored; send it again in a few seconds"
        )


class Backlog:
    """Counts what this process takes and ends, and follows the ledger for other processes. Thread-safe.

    A full lane or account does not hold up any other.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._lock = ledger, threading.Lock()
        self._unfinished: Counter[Lane] = Counter()
        self._of_account: Counter[str] = Counter()
        self._since: Counter[Lane] = Counter()  # what we have taken on less what we have ended, since the count began

    def begin_count(self) -> None:
        """The ledger is about to be counted."""
        with self._lock:
            self._since = Counter()

    def follow(self, counted: Mapping[Lane, int]) -> None:
        """The ledger's count. Orders that came or ended since `begin_count` may count twice until the next."""
        with self._lock:
            self._unfinished = Counter(counted)
            self._unfinished.update(self._since)
            self._of_account = Counter()
            for lane, number in self._unfinished.items():
                self._of_account[lane.account] += number

    def changed(self, lanes: Iterable[Lane], by: int) -> None:
        """Change the count of each of these lanes."""
        with self._lock:
            for lane in lanes:
                self._unfinished[lane] += by
                self._of_account[lane.account] += by
                self._since[lane] += by

    def admit(self, lanes: Iterable[Lane], keys: Iterable[str], until: float) -> None:
        """Raises TooMuchToDo, but never for an alert that is known by one of these keys.

        The ledger is asked until then (time.monotonic()) at most.
        """
        where = next((full for lane in lanes if (full := self._full(lane))), None)
        if where and not self._ledger.alerts.knows(keys, max(0.0, until - time.monotonic())):
            raise TooMuchToDo(where)

    def full(self, lanes: Iterable[Lane]) -> dict[Lane, str]:
        """Those of the lanes that take no order now, and why."""
        return {lane: why for lane in lanes if (why := self._full(lane))}

    def _full(self, lane: Lane) -> str | None:
        if (number := self._unfinished[lane]) >= MOST_OF_LANE:
            return f"lane {lane} has {number} unfinished orders"
        if (number := self._of_account[lane.account]) >= MOST_OF_ACCOUNT:
            return f"account {lane.account} has {number} unfinished orders"
        return None
