"""How often the exchange may be asked: one sliding window per endpoint and account."""

import threading
import time
from datetime import timedelta
from math import ceil

from pyrate_limiter import InMemoryBucket, MonotonicClock, Rate, RateItem

FREE = timedelta(0)


class Limit:
    """At most `per_second` requests in any second; below 1, one request per 1 / `per_second` seconds. Thread-safe."""

    def __init__(self, per_second: float, clock: MonotonicClock | None = None) -> None:
        whole = int(per_second)
        rate = Rate(whole, 1000) if whole else Rate(1, ceil(1000 / per_second))
        self._bucket = InMemoryBucket([rate])
        self._clock = clock or MonotonicClock()
        self._lock = threading.Lock()

    def take(self) -> timedelta:
        """Zero if the request may leave now, which is then counted; else how long to wait before asking again."""
        with self._lock:
            item = RateItem("request", self._clock.now())
            self._bucket.leak(item.timestamp)
            if self._bucket.put(item):
                return FREE
            wait_ms = self._bucket.waiting(item)
        return timedelta(milliseconds=max(1, int(wait_ms)))  # type: ignore[arg-type]  # awaitable for remote buckets only

    def wait(self, within_seconds: float) -> bool:
        """Block until a request may leave, but only if that is `within_seconds`; whether it may."""
        deadline = time.monotonic() + within_seconds
        while pause := self.take():
            if time.monotonic() + pause.total_seconds() > deadline:
                return False
            time.sleep(pause.total_seconds())
        return True
