"""What an account may still ask of the exchange, under its own limits and that of the process's address.

The exchange counts all processes together, for an account and for an address, so each process takes its share. Reads
for evidence, for the watch and for upkeep leave room for orders.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from executor.bitget.endpoints import ENDPOINTS, Read
from executor.bitget.rate_limits.rate_limit import FREE, RateLimit

# Bitget allows an address 6,000 requests a minute in all, then it is silent for five minutes.
ADDRESS_PER_MINUTE = 4500  # for reads that are not urgent; the rest is left to orders
ADDRESS_WINDOW_SECONDS = 60.0
# How much of a limit the reads that no order waits for may use.
USUAL_SHARE = 0.6
SHARES = {
    Read.POSITIONS: 0.8,  # asked by the watch alone
    Read.TIME: 1.0,  # orders hardly ever ask for these two
    Read.CONTRACTS: 1.0,
    # A look for evidence reads the position and the order, then the history twice and the pending orders once. Once it
    # has begun it must find room for its last read, however small the process's share is.
    Read.POSITION: 0.5,
    Read.ORDER: 0.5,
    Read.HISTORY: 1.0,
    Read.PENDING: 1.0,
}
AT_ONCE = {Read.HISTORY: 2}
UNSHARED = frozenset({Read.POSITIONS})  # one process alone watches an account
FIRST_PAUSE_SECONDS = 1.0  # after a 429 without Retry-After; doubled each time
LONGEST_PAUSE_SECONDS = 10.0


class AddressLimit:
    """Counts the requests of this process, for all accounts. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: deque[float] = deque(maxlen=ADDRESS_PER_MINUTE)
        self._most = ADDRESS_PER_MINUTE
        self._lock = threading.Lock()

    def share(self, processes: int) -> None:
        """`processes` of this machine ask from the same address."""
        self._most = ADDRESS_PER_MINUTE // max(1, processes)

    def note(self) -> None:
        """A request leaves."""
        with self._lock:
            self._asked.append(self._clock())

    def pause(self) -> timedelta:
        """Zero if there is room for a read that is not urgent; else how long to wait for it."""
        with self._lock:
            if len(self._asked) < self._most:
                return FREE
            wait = self._asked[-self._most] + ADDRESS_WINDOW_SECONDS - self._clock()
            return timedelta(seconds=max(0.0, wait))


class ReadBudget:
    """One account's reads. Thread-safe."""

    def __init__(self, address: AddressLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._address, self._clock = address, clock
        self._limits = {read: RateLimit(ENDPOINTS[read].per_second, clock) for read in Read}
        self._processes = 1
        self._lock = threading.Lock()
        self._paused_until = self._refused_at = float("-inf")
        self._pause_seconds = 0.0  # the last one's; 0 while the exchange takes what is asked

    def share(self, processes: int) -> None:
        """`processes` ask for this account, this one included."""
        self._processes = max(1, processes)

    def take(self, read: Read, *, urgent: bool) -> timedelta:
        """Zero if the read may leave now, which is then counted; else how long to wait before asking again.

        A read is urgent if an order waits for it. Each process may send one of these a second.
        """
        if not urgent and (pause := max(self.paused(), self._address.pause())):
            return pause
        limit = self._limits[read]
        share = 1.0 if read in UNSHARED else 1 / self._processes
        if urgent:
            return limit.take(max(share, 1 / ENDPOINTS[read].per_second))
        return limit.take(share * SHARES.get(read, USUAL_SHARE), AT_ONCE.get(read, 1))

    def paused(self) -> timedelta:
        """How long, after a 429, nothing but urgent reads may leave."""
        return timedelta(seconds=max(0.0, self._paused_until - self._clock()))

    def refused(self, asked_at: float, retry_after: timedelta | None) -> timedelta:
        """The exchange has answered a read that left at `asked_at` with 429. How long reads pause now.

        Answers to reads that left before the pause began do not prolong it.
        """
        with self._lock:
            now = self._clock()
            if asked_at >= self._refused_at:
                self._refused_at = now
                doubled = min(LONGEST_PAUSE_SECONDS, self._pause_seconds * 2 or FIRST_PAUSE_SECONDS)
                self._pause_seconds = retry_after.total_seconds() if retry_after else doubled
                self._paused_until = now + self._pause_seconds
            return timedelta(seconds=max(0.0, self._paused_until - now))

    def answered(self, asked_at: float) -> None:
        """The exchange has answered a read that left at `asked_at`."""
        if self._pause_seconds and asked_at > self._paused_until:
            self._pause_seconds = 0.0
