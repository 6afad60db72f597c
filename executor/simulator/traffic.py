"""Counts requests and holds them to the exchange's limits.

Source: Bitget, "Rate limit" of each endpoint (a second, by account or for public ones by address), and 6000 requests a
minute from one address, which is refused everything for five minutes after.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

#   endpoint → requests a second
LIMITS = {
    "click-backhand": 10,
    "place-order": 10,
    "close-positions": 1,
    "single-position": 10,
    "all-position": 5,
    "account": 10,
    "accounts": 10,
    "set-position-mode": 5,
    "detail": 10,
    "orders-history": 10,
    "orders-pending": 10,
    "fills": 10,
}
PUBLIC_LIMIT = 20
ADDRESS_LIMIT, ADDRESS_SECONDS, PENALTY_SECONDS = 6000, 60.0, 300.0


@dataclass
class Window:
    """Requests within the last `seconds`, and the most that ever came within a span of that length."""

    seconds: float
    at: deque[float] = field(default_factory=deque)
    most: int = 0

    def add(self, now: float) -> None:
        self.at.append(now)
        self.most = max(self.most, self.count(now))

    def count(self, now: float) -> int:
        while self.at and now - self.at[0] >= self.seconds:
            self.at.popleft()
        return len(self.at)


@dataclass
class Flow:
    """Requests of one account (or, for a public endpoint, address) to one endpoint."""

    requests: int = 0
    too_many: int = 0
    came: Window = field(default_factory=lambda: Window(1.0))
    admitted: Window = field(default_factory=lambda: Window(1.0))


class Traffic:
    """All that came so far. Not thread-safe; `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.forget()

    def forget(self) -> None:
        """Start to count anew."""
        self._flows: dict[tuple[str, str], Flow] = {}
        self._addresses: dict[str, Window] = {}
        self._banned_until: dict[str, float] = {}
        self.refused_addresses = 0

    def admits_address(self, address: str, *, limited: bool) -> bool:
        """Whether one more request from this address is let in."""
        now = self._now()
        window = self._addresses.setdefault(address, Window(ADDRESS_SECONDS))
        window.add(now)
        if limited and now >= self._banned_until.get(address, now) and window.count(now) > ADDRESS_LIMIT:
            self._banned_until[address] = now + PENALTY_SECONDS
        if limited and now < self._banned_until.get(address, now):
            self.refused_addresses += 1
            return False
        return True

    def admits(self, who: str, endpoint: str, *, public: bool, limited: bool) -> bool:
        """Whether one more request of this account, or from this address, is let in this second."""
        now = self._now()
        flow = self._flows.setdefault((who, endpoint), Flow())
        flow.requests += 1
        flow.came.add(now)
        limit = PUBLIC_LIMIT if public else LIMITS.get(endpoint, 10)
        if limited and flow.admitted.count(now) >= limit:
            flow.too_many += 1
            return False
        flow.admitted.add(now)
        return True

    def to_json(self) -> dict[str, object]:
        """Totals, and for each account (or address) and endpoint the requests, the 429s and the busiest second."""
        rows = [
            {
                "account": who,
                "endpoint": endpoint,
                "requests": flow.requests,
                "too_many": flow.too_many,
                "most_in_a_second": flow.came.most,
            }
            for (who, endpoint), flow in sorted(self._flows.items())
        ]
        return {
            "requests": sum(flow.requests for flow in self._flows.values()),
            "too_many": self.refused_addresses + sum(flow.too_many for flow in self._flows.values()),
            "most_in_a_minute": max((window.most for window in self._addresses.values()), default=0),
            "endpoints": rows,
        }
