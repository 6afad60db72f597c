"""Runs lanes: claims one, advances its orders one after another, lets it go when nothing is left to do."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from executor.core.order import Lane, State
from executor.core.precedence import Waiting, arrange
from executor.engine.resolving import resolve, suspect, verify
from executor.engine.sending import run_queued
from executor.engine.work import Surroundings, Work
from executor.ledger import LaneLost, Ledger, OrderRow

log = structlog.get_logger()


class Lanes:
    """The lanes that this process holds. `run` is called for a lane by one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        node: str,
        surroundings: Surroundings,
        now: Callable[[], datetime],
        on_end: Callable[[OrderRow], None],
    ) -> None:
        self._ledger, self._node, self._surroundings, self._now = ledger, node, surroundings, now
        self._on_end = on_end
        self._held: dict[Lane, Work] = {}
        self._last_use: dict[Lane, tuple[int, float]] = {}  # our last claim's fence, and when it ended
        self._watching: set[Lane] = set()
        self._lock = threading.Lock()

    def run(self, lane: Lane) -> timedelta | None:
        """Advance the lane as far as it goes now. After how long it wants to go on; None if it is idle or not ours."""
        work = self._held.get(lane)
        try:
            if work is not None:
                return self._advance(work, self._ledger.refresh(work.claim))
            work = self._claim(lane)
            return self._advance(work, work.claim.orders) if work else None
        except LaneLost as error:
            log.warning("lane lost", account=lane.account, symbol=lane.symbol, reason=str(error))
            self._held.pop(lane, None)
            return None

    def watching(self, account: str) -> list[Lane]:
        """The lanes of an account that wait for its watch to read the position; each is told once."""
        with self._lock:
            told = [lane for lane in self._watching if lane.account == account]
            self._watching.difference_update(told)
        return told

    def _claim(self, lane: Lane) -> Work | None:
        claim = self._ledger.claim_lane(lane, self._node, self._now())
        if claim is None:
            return None
        quiet_since = self._quiet_since(lane, claim.fence)
        work = Work(claim, self._ledger, self._surroundings, self._now, quiet_since, claim.last_signal_at)
        self._held[lane] = work
        return work

    def _quiet_since(self, lane: Lane, fence: int) -> float:
        """Since when no order has run on the lane: the end of our last use, or now if another process had it since."""
        last_fence, ended = self._last_use.get(lane, (0, float("-inf")))
        return ended if last_fence == fence - 1 else time.monotonic()

    def _advance(self, work: Work, orders: Sequence[OrderRow]) -> timedelta | None:
        while True:
            pause = self._step(work, orders)
            for order in work.ended:
                self._on_end(order)
            work.ended.clear()
            if pause is not None:
                return pause
            if not orders and self._ledger.release_lane(work.claim, self._now()):
                del self._held[work.lane]
                self._last_use[work.lane] = (work.claim.fence, work.nothing_since)
                return None
            orders = self._ledger.refresh(work.claim)

    def _step(self, work: Work, orders: Sequence[OrderRow]) -> timedelta | None:
        """Advance one order by one state. How long to wait before going on, None to go on at once."""
        in_flight = next((order for order in orders if order.state.in_flight), None)
        if in_flight is None:
            return self._next_queued(work, orders)
        match in_flight.state:
            case State.SENT:
                suspect(work, in_flight)
                return None
            case State.ACCEPTED:
                return self._verify(work, in_flight)
            case _:
                return resolve(work, in_flight)

    def _verify(self, work: Work, order: OrderRow) -> timedelta | None:
        with self._lock:
            self._watching.add(work.lane)
        return verify(work, order)

    def _next_queued(self, work: Work, orders: Sequence[OrderRow]) -> timedelta | None:
        now = self._now()
        waiting = [Waiting(order.id, order.intent) for order in orders]
        arranged = arrange(waiting, now, work.last_signal_at)
        by_id = {order.id: order for order in orders}
        for state, ends in ((State.EXPIRED, arranged.expired), (State.SUPERSEDED, arranged.superseded)):
            for order_id, reason in ends:
                work.settle(by_id[order_id], state, reason)
        if arranged.runs_next is None:
            return None
        order = by_id[arranged.runs_next]
        if order.not_before and order.not_before > now:
            return min(order.not_before, order.intent.expires_at) - now
        return run_queued(work, order)
