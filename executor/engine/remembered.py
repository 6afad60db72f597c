"""What changes rarely is asked for once, remembered, and asked for again off the orders' way."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from executor.core.contract import Market

T = TypeVar("T")
NEVER = float("-inf")


class Remembered(Generic[T]):
    """A value per market. Thread-safe."""

    def __init__(self, ask: Callable[[Market], T], lifetime_seconds: float) -> None:
        self._ask, self._lifetime_seconds = ask, lifetime_seconds
        self._known: dict[Market, T] = {}
        self._asked: dict[Market, float] = {}  # time.monotonic(); also for what was not found

    def of(self, market: Market) -> T:
        """What is known, however old; asked for if nothing is. Raises what asking raises."""
        known = self._known.get(market)
        return known if known is not None else self.ask(market)

    def knows(self, market: Market) -> bool:
        return market in self._known

    def ask(self, market: Market) -> T:
        """Raises what asking raises."""
        value = self._ask(market)
        self.learn([market], {market: value})
        return value

    def learn(self, asked: Iterable[Market], found: Mapping[Market, T]) -> None:
        """Take over an answer that was to tell of several markets at once."""
        self._known.update(found)
        self._asked.update(dict.fromkeys(asked, time.monotonic()))

    def outdated(self, markets: Iterable[Market]) -> list[Market]:
        """Those to ask for again, the longest due first."""
        oldest = time.monotonic() - self._lifetime_seconds
        due = [market for market in markets if self._asked.get(market, NEVER) < oldest]
        return sorted(due, key=lambda market: self._asked.get(market, NEVER))

    def forget(self) -> None:
        self._known.clear()
        self._asked.clear()
