"""Who may send next: orders that meet the exchange's limit come back one after another, in the order of asking."""

import threading
import time
from collections.abc import Hashable
from datetime import timedelta

from executor.bitget.limits import FREE, Limit

FORFEIT_SECONDS = 1.0  # whoever does not come for his turn by then has lost it


class Turns:
    """Thread-safe. Without them, everybody who waits would ask again and again, and the quickest would win."""

    def __init__(self, per_second: float) -> None:
        self._limit, self._apart_seconds = Limit(per_second), 1 / per_second
        self._turns: dict[Hashable, float] = {}  # time.monotonic(), in the order of the turns
        self._lock = threading.Lock()

    def take(self, who: Hashable) -> timedelta:
        """Zero if a request may leave now, which is then counted; else how long to wait for one's turn."""
        with self._lock:
            now = time.monotonic()
            self._forfeit(now)
            turn = self._turns.get(who)
            others = len(self._turns) - (turn is not None)
            if turn is None and others:
                return self._queue(who, now, now + self._apart_seconds)
            if turn is not None and turn > now:
                return _wait(turn - now)
            if not (pause := self._limit.take()):
                self._turns.pop(who, None)
                return FREE
            if turn is not None:
                return pause
            return self._queue(who, now, now + pause.total_seconds())

    def take_at_once(self) -> bool:
        """Whether a request may leave now, which is then counted: not while somebody waits for his turn."""
        with self._lock:
            self._forfeit(time.monotonic())
            return not self._turns and not self._limit.take()

    def _queue(self, who: Hashable, now: float, earliest: float) -> timedelta:
        last = next(reversed(self._turns.values()), float("-inf"))
        self._turns[who] = max(earliest, last + self._apart_seconds)
        return _wait(self._turns[who] - now)

    def _forfeit(self, now: float) -> None:
        while self._turns and next(iter(self._turns.values())) < now - FORFEIT_SECONDS:
            del self._turns[next(iter(self._turns))]


def _wait(seconds: float) -> timedelta:
    """Never zero, which would mean that the request may leave."""
    return max(timedelta(seconds=seconds), timedelta.resolution)
