"""Which order may leave next: orders that meet the exchange's limit get turns, in the order in which they asked.

An order that is sent again, after a doubt or a refusal, lets those that have not left yet go first: many lanes in doubt
at once must not hold up the healthy ones.
"""

import threading
import time
from collections.abc import Hashable
from datetime import timedelta

from executor.bitget.rate_limits.rate_limit import FREE, RateLimit

FORFEIT_SECONDS = 1.0  # a thread that does not take its turn by then has lost it


class FairQueue:
    """Of one account and operation. Thread-safe. Without turns, the thread that asks most often would win."""

    def __init__(self, per_second: float) -> None:
        self._per_second, self._limit = per_second, RateLimit(per_second)
        self._turns: dict[Hashable, float] = {}  # time.monotonic(), in the order of the turns
        self._again: set[Hashable] = set()  # those of which a request has left before
        self._paused_until = float("-inf")
        self._lock = threading.Lock()
        self.share(1)

    def share(self, processes: int) -> None:
        """`processes` send for the account: each takes its part of the limit, but at least one request a second.

        With at most as many processes as the limit allows requests, they never exceed it together. The price: orders
        that all come to one of several processes leave more slowly than the exchange would take them.
        """
        self._share = min(1.0, max(1 / max(1, processes), 1 / self._per_second))
        rate = self._per_second * self._share
        self._apart_seconds = 1 / (int(rate) or rate)

    def pause(self, for_how_long: timedelta) -> None:
        """The exchange has refused an order for its limit: none leaves in the pause, and all turns move back by it."""
        with self._lock:
            now = time.monotonic()
            self._paused_until = max(self._paused_until, now + for_how_long.total_seconds())
            later = max(0.0, self._paused_until - next(iter(self._turns.values()), self._paused_until))
            self._turns = {who: turn + later for who, turn in self._turns.items()}

    def take(self, who: Hashable, *, again: bool = False) -> timedelta:
        """Zero if a request may leave now, which is then counted; else how long to wait for the turn. `again`: an
        earlier request of this order has left.
        """
        with self._lock:
            now = time.monotonic()
            self._forfeit(now)
            turn = self._turns.get(who)
            if turn is None and (self._turns if again else self._has_first()):
                return self._queue(who, now, now + self._apart_seconds, again)
            if turn is not None and turn > now:
                return _wait(turn - now)
            if who in self._again and self._has_first():
                return _wait(self._apart_seconds)
            if not (pause := self._admit(now)):
                self._turns.pop(who, None)
                return FREE
            if turn is not None:
                return pause
            return self._queue(who, now, now + pause.total_seconds(), again)

    def take_at_once(self) -> bool:
        """Whether a new order may leave now, which is then counted: not while another new order waits for its turn."""
        with self._lock:
            self._forfeit(time.monotonic())
            return not self._has_first() and not self._admit(time.monotonic())

    def give_back(self) -> None:
        """A request that was counted does not leave after all."""
        self._limit.give_back()

    def _admit(self, now: float) -> timedelta:
        """Zero if a request may leave now, which is then counted."""
        return _wait(self._paused_until - now) if now < self._paused_until else self._limit.take(self._share)

    def _has_first(self) -> bool:
        """Whether a new order waits."""
        self._again &= self._turns.keys()
        return len(self._turns) > len(self._again)

    def _queue(self, who: Hashable, now: float, earliest: float, again: bool) -> timedelta:
        last = next(reversed(self._turns.values()), float("-inf"))
        turns = [*self._turns.values(), max(earliest, last + self._apart_seconds)]
        waiting = list(self._turns)
        self._has_first()  # forgets those that no longer wait
        place = len(waiting) if again else len(waiting) - len(self._again)
        waiting.insert(place, who)
        if again:
            self._again.add(who)
        self._turns = dict(zip(waiting, turns, strict=True))
        return _wait(self._turns[who] - now)

    def _forfeit(self, now: float) -> None:
        while self._turns and next(iter(self._turns.values())) < now - FORFEIT_SECONDS:
            del self._turns[next(iter(self._turns))]


def _wait(seconds: float) -> timedelta:
    """Never zero, which would mean that the request may leave."""
    return max(timedelta(seconds=seconds), timedelta.resolution)
