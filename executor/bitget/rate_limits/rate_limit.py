"""One limit of the exchange: a sliding window of requests."""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

FREE = timedelta(0)
MARGIN_SECONDS = 0.05  # requests that leave a second apart may arrive closer to each other
MOST_AT_ONCE = 2


class RateLimit:
    """At most `per_second` requests in any second; below 1, one request per 1 / `per_second` seconds. Thread-safe.

    `clock` gives seconds that only grow.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=max(MOST_AT_ONCE, int(per_second)))
        self._lock = threading.Lock()

    def take(self, share: float = 1.0, at_once: int = 1) -> timedelta:
        """Zero if the request may leave now, which is then counted; else how long to wait before asking again.

        `share` is how much of the limit this request may see used, itself included: callers that leave room for others
        take less than all of it. Where that is less than `at_once` a second, `at_once` may leave together, less often.
        """
        rate = self._per_second * min(1.0, share)
        most = max(at_once, int(rate))
        window_seconds = 1.0 if rate >= at_once else at_once / rate
        with self._lock:
            now = self._clock()
            if len(self._taken) >= most and (wait := self._taken[-most] + window_seconds + MARGIN_SECONDS - now) > 0:
                return max(timedelta(seconds=wait), timedelta.resolution)
            self._taken.append(now)
            return FREE

    def give_back(self) -> None:
        """A request that was counted does not leave after all.

        The oldest place that counts is given up, whichever was its own: those that were taken since count in full.
        """
        with self._lock:
            counted_since = self._clock() - max(1.0, 1 / self._per_second) - MARGIN_SECONDS
            oldest = next((taken for taken in self._taken if taken > counted_since), None)
            if oldest is not None:
                self._taken.remove(oldest)
