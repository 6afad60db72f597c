"""How often the exchange may be asked: one sliding window per endpoint and account."""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

FREE = timedelta(0)


class Limit:
    """At most `per_second` requests in any second; below 1, one request per 1 / `per_second` seconds. Thread-safe.

    `clock` gives seconds that only grow.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = max(1, int(per_second))
        self._window_seconds = 1.0 if per_second >= 1 else 1 / per_second
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=self._most)
        self._lock = threading.Lock()

    def take(self) -> timedelta:
        """Zero if the request may leave now, which is then counted; else how long to wait before asking again."""
        with self._lock:
            now = self._clock()
            if len(self._taken) == self._most and (wait := self._taken[0] + self._window_seconds - now) >= 0:
                return timedelta(seconds=wait) + timedelta(milliseconds=1)
            self._taken.append(now)
            return FREE

    def wait(self, within_seconds: float) -> bool:
        """Block until a request may leave, but only if that is `within_seconds`; whether it may."""
        deadline = time.monotonic() + within_seconds
        while pause := self.take():
            if time.monotonic() + pause.total_seconds() > deadline:
                return False
            time.sleep(pause.total_seconds())
        return True
