"""Runs lanes: claims one, advances its orders one after another, lets it go when nothing is left to do."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from executor.core.evidence import LATE_READS_WHERE_IT_HARMS
from executor.core.order import Lane, State
from executor.core.position import Leg
from executor.core.precedence import Signal
from executor.engine.lifetime import late_reads
from executor.engine.placing import place, send
from executor.engine.resolving import resolve, suspect
from executor.engine.timings import Timings
from executor.engine.verifying import verify, weigh
from executor.engine.work import PreviousPosition, Surroundings, Work
from executor.ledger import Claim, LaneLost, LaneMemory, Ledger, LedgerUnavailable, OrderMoved, OrderRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LastUse:
    """How this process left a lane, or found it. While the lane still has this fence, no process has run it since."""

    fence: int = 0
    nothing_since: float = float("-inf")  # time.monotonic()
    last_signal: Signal | None = None
    previous: PreviousPosition | None = None
    guarded: dict[Leg, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsure:
    """The claim and the order of a write that failed: whether the ledger has kept it is not known."""

    claim: Claim
    order_id: str


CLOCKS_DIFFER_SECONDS = 0.1  # at most, between this process's idea of the ledger's clock and another's
WRITE_AFTER_SECONDS = 1.0  # an acceptance whose order's end does not come as usual
NEVER_USED = LastUse()  # right as long as the lane's fence is 0


class Lanes:
    """The lanes that this process holds. `run` is called for a lane by one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        node: str,
        surroundings: Surroundings,
        now: Callable[[], datetime],
        on_end: Callable[[OrderRow], None],
        timings: Timings,
    ) -> None:
        self._ledger, self._node, self._surroundings, self._now = ledger, node, surroundings, now
        self._on_end, self._timings = on_end, timings
        self._held: dict[Lane, Work] = {}
        self._last_use: dict[Lane, LastUse] = {}
        self._busy: set[Lane] = set()  # in the hands of a thread: one that runs it, or one that stores an alert for it
        self._unsure: dict[Lane, Unsure] = {}
        self._watching: set[Lane] = set()
        self._urgent: set[Lane] = set()
        self._lock = threading.Lock()

    def learn(self) -> None:
        """Which lanes are idle now: no process has run one since as long as it keeps its fence."""
        now = time.monotonic()
        for idle in self._ledger.idle_lanes():
            previous, guarded = self._remembered(idle.lane, idle.memory)
            self._last_use[idle.lane] = LastUse(idle.fence, now, idle.last_signal, previous, guarded)

    def run(self, lane: Lane) -> timedelta | None:
        """Advance the lane as far as it goes now. After how long it wants to go on; None if it is idle or not ours."""
        if not self._seize(lane):
            return None  # the thread that stores an alert for it wakes it afterwards
        try:
            self._withdraw(lane)
            work = self._held.get(lane) or self._claim(lane)
            return self._advance(work) if work else None
        except LaneLost as error:
            log.warning("lane lost", account=lane.account, symbol=lane.symbol, reason=str(error))
            self._held.pop(lane, None)
            return None
        finally:
            self._busy.discard(lane)

    def holds(self, lane: Lane) -> bool:
        return lane in self._held

    def borrow(self, lane: Lane) -> Work | None:
        """A lane that is idle as far as this process knows, as it would be if claimed now; kept from other threads
        until `hand_over` or `give_back`.
        """
        if not self._seize(lane):
            return None
        if lane in self._held:
            self._busy.discard(lane)
            return None
        last = self._last_use.get(lane, NEVER_USED)
        return self._work(Claim(lane, self._node, last.fence + 1, (), last.last_signal), last)

    def hand_over(self, work: Work) -> None:
        """A borrowed lane was claimed as it was foreseen, and the ledger holds its order as sent: the next thread that
        runs the lane sends it.
        """
        self._held[work.lane] = work
        self._busy.discard(work.lane)

    def give_back(self, lane: Lane, unsure: Unsure | None = None) -> None:
        """A borrowed lane was not claimed, or that is not known."""
        if unsure:
            self._unsure[lane] = unsure
        self._busy.discard(lane)

    def urge(self, lane: Lane) -> None:
        """A client waits for the end of what the lane is at: verify it sooner than the watch would by itself."""
        with self._lock:
            self._urgent.add(lane)
        if venue := self._surroundings.venue(lane.account):
            venue.watch.nudge()

    def watching(self, account: str) -> list[Lane]:
        """The lanes of an account that wait for its watch to read the position; each is told once."""
        with self._lock:
            told = [lane for lane in self._watching if lane.account == account]
            self._watching.difference_update(told)
        return told

    def write_down(self) -> None:
        """Before this process leaves: let the next one have what only this one knows."""
        for work in list(self._held.values()):
            try:
                work.write_down()
            except (LaneLost, LedgerUnavailable, OrderMoved) as error:
                log.warning("not written down", account=work.lane.account, symbol=work.lane.symbol, reason=str(error))

    def _seize(self, lane: Lane) -> bool:
        with self._lock:
            if lane in self._busy:
                return False
            self._busy.add(lane)
            return True

    def _withdraw(self, lane: Lane) -> None:
        """Queue an order again that may have been kept as sent by a write that failed. This process has not sent it;
        no other can have, as long as the foreseen claim counts.
        """
        if unsure := self._unsure.get(lane):
            with suppress(LaneLost, OrderMoved):  # it was not kept
                self._ledger.requeue(unsure.claim, unsure.order_id, self._now(), "it was not sent: its write failed")
            del self._unsure[lane]

    def _claim(self, lane: Lane) -> Work | None:
        claim = self._ledger.claim_lane(lane, self._node)
        if claim is None:
            return None
        last = self._last_use.get(lane, NEVER_USED)
        if last.fence != claim.fence - 1:  # another process has run it since
            previous, guarded = self._remembered(lane, claim.memory)
            last = LastUse(nothing_since=_last_touched(claim), previous=previous, guarded=guarded)
        work = self._held[lane] = self._work(claim, last)
        return work

    def _work(self, claim: Claim, last: LastUse) -> Work:
        return Work(
            claim,
            self._ledger,
            self._surroundings,
            self._now,
            self._timings,
            last.nothing_since,
            claim.last_signal,
            previous=last.previous,
            guarded=dict(last.guarded),
        )

    def _remembered(self, lane: Lane, memory: LaneMemory) -> tuple[PreviousPosition | None, dict[Leg, float]]:
        """What the ledger holds of the lane's last order, on this process's monotonic clock."""
        now, venue = time.monotonic(), self._surroundings.venue(lane.account)
        late = late_reads(venue, harms=True) if venue else LATE_READS_WHERE_IT_HARMS
        until = now + (late - memory.ended_ago).total_seconds()
        before = memory.position_before
        guarded = {leg: now + left.total_seconds() for leg, left in memory.guarded.items()}
        return (None if before is None else PreviousPosition(before, until)), guarded

    def _advance(self, work: Work) -> timedelta | None:
        try:
            while not work.released:
                pause = self._step(work)
                for order in work.ended:
                    self._on_end(order)
                work.ended.clear()
                if pause is not None:
                    return pause
        except BaseException:
            work.forget()
            raise
        self._last_use[work.lane] = LastUse(
            work.claim.fence, work.nothing_since, work.last_signal, work.previous, work.guarded
        )
        del self._held[work.lane]
        return None

    def _step(self, work: Work) -> timedelta | None:
        """Advance one order by one state. How long to wait before going on, None to go on at once."""
        if work.in_flight:
            pause = self._follow(work, work.in_flight)
            if pause is None or work.in_flight is None or not (work.in_flight.awaits or work.in_flight.may_run_until):
                return pause
            try:
                return self._behind(work, work.in_flight, pause)
            except LedgerUnavailable:
                return pause  # the heartbeat tells of that; what is known of the order must not be lost
        orders = work.unfinished()
        if found := next((order for order in orders if order.state.in_flight), None):
            work.found_in_flight(found)
            return None
        if orders:
            return self._next_queued(work, orders)
        work.release()
        return None

    def _follow(self, work: Work, order: OrderRow) -> timedelta | None:
        match order.state:
            case State.SENT if work.proposal:
                send(work, order, work.proposal)
                return None
            case State.SENT if work.refusal:
                return weigh(work, order, work.refusal)
            case State.SENT:
                suspect(work, order)
                return None
            case State.ACCEPTED:
                return self._verify(work, order)
            case _:
                return resolve(work, order)

    def _verify(self, work: Work, order: OrderRow) -> timedelta | None:
        with self._lock:
            self._watching.add(work.lane)  # before looking, so that no read is missed
        pause = verify(work, order, urgent=work.lane in self._urgent)
        if pause is None:
            with self._lock:
                self._watching.discard(work.lane)
                self._urgent.discard(work.lane)
        elif work.answered and time.monotonic() - work.nothing_since >= WRITE_AFTER_SECONDS:
            work.write_down()
        return pause

    def _behind(self, work: Work, in_flight: OrderRow, pause: timedelta) -> timedelta | None:
        """Let what waits behind an order in doubt expire and be superseded in time. None if a person has ended it."""
        orders = work.unfinished()
        if all(order.id != in_flight.id for order in orders):
            work.ended_by_hand(in_flight)
            return None
        queued = [order for order in orders if order.id != in_flight.id]
        self._arrange(work, queued)
        now = self._ledger.now()
        return min([pause, *(order.deadline - now for order in queued if order.deadline > now)])

    def _next_queued(self, work: Work, orders: Sequence[OrderRow]) -> timedelta | None:
        order = self._arrange(work, orders)
        if order is None:
            return None
        now = self._ledger.now()
        if order.not_before and order.not_before > now:
            return min(order.not_before, order.deadline) - now
        pause = place(work, order)
        return pause and min(pause, max(order.deadline - self._ledger.now(), timedelta(milliseconds=1)))

    def _arrange(self, work: Work, orders: Sequence[OrderRow]) -> OrderRow | None:
        """End the queued orders that are too old or pointless; the one that runs next."""
        arranged = work.arrange(orders, self._ledger.now())
        by_id = {order.id: order for order in orders}
        for state, ends in ((State.EXPIRED, arranged.expired), (State.SUPERSEDED, arranged.superseded)):
            for order_id, reason in ends:
                work.settle(by_id[order_id], state, _cause(by_id[order_id], reason))
        return by_id[arranged.runs_next] if arranged.runs_next else None


def _last_touched(claim: Claim) -> float:
    """Since when no order of another process has changed the lane's position (time.monotonic())."""
    if any(order.state.in_flight for order in claim.orders):
        return time.monotonic()
    return time.monotonic() - claim.memory.ended_ago.total_seconds() + CLOCKS_DIFFER_SECONDS


def _cause(order: OrderRow, reason: str) -> str:
    """Why an order has ended, and what it was waiting for."""
    return f"{reason}. It was waiting: {order.reason}" if order.reason else reason
