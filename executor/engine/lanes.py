"""Runs lanes: claims one, advances its orders one after another, releases it when nothing is left to do."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from executor.core.evidence import LATE_READS_WHERE_IT_HARMS
from executor.core.order import Lane
from executor.engine.accounts.accounts import Accounts
from executor.engine.attention import Attention
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.last_use import NEVER_USED, LastUse
from executor.engine.orders.lifetime import late_reads
from executor.engine.steps import step
from executor.engine.timings import Timings
from executor.ledger import Claim, LaneLost, Ledger, LedgerUnavailable, OrderMoved, OrderRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unsure:
    """The claim and the order of a write that failed: it is not known whether the ledger has kept it."""

    claim: Claim
    order_id: str


class Lanes:
    """The lanes that this process holds. `run` is called for a lane by one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        node: str,
        accounts: Accounts,
        now: Callable[[], datetime],
        on_end: Callable[[OrderRow], None],
        timings: Timings,
    ) -> None:
        self._ledger, self._node, self._accounts, self._now = ledger, node, accounts, now
        self._on_end, self._timings = on_end, timings
        self._held: dict[Lane, HeldLane] = {}
        self._last_use: dict[Lane, LastUse] = {}
        self._busy: set[Lane] = set()  # one thread runs it, or stores an alert for it
        self._unsure: dict[Lane, Unsure] = {}
        self._attention = Attention()
        self._lock = threading.Lock()

    def learn(self) -> None:
        """Learn which lanes are idle: no process has run one for as long as its fence stays the same."""
        for idle in self._ledger.lanes.idle():
            self._last_use[idle.lane] = LastUse.of_idle(idle, self._late_reads(idle.lane))

    def run(self, lane: Lane) -> timedelta | None:
        """Advance the lane as far as it goes now. How long until it wants to go on; None if it is idle or not ours."""
        if not self._seize(lane):
            return None  # the thread that stores an alert for it wakes it afterwards
        try:
            self._withdraw(lane)
            held = self._held.get(lane) or self._claim(lane)
            return self._advance(held) if held else None
        except LaneLost as error:
            log.warning("lane lost", account=lane.account, symbol=lane.symbol, reason=str(error))
            self._held.pop(lane, None)
            return None
        finally:
            self._busy.discard(lane)

    def holds(self, lane: Lane) -> bool:
        return lane in self._held

    def borrow(self, lane: Lane) -> HeldLane | None:
        """A lane that is idle as far as this process knows, as a claim would return it; no other thread gets it
        until `hand_over` or `give_back`.
        """
        if not self._seize(lane):
            return None
        if lane in self._held or lane in self._unsure:
            self._busy.discard(lane)
            return None
        last = self._last_use.get(lane, NEVER_USED)
        return self._holding(Claim(lane, self._node, last.fence + 1, (), last.last_signal), last)

    def hand_over(self, held: HeldLane) -> None:
        """A borrowed lane was claimed as expected, and the ledger holds its order as sent: the next thread that runs
        the lane sends it.
        """
        self._held[held.lane] = held
        self._busy.discard(held.lane)

    def give_back(self, lane: Lane, unsure: Unsure | None = None) -> None:
        """A borrowed lane was not claimed, or that is not known."""
        if unsure:
            self._unsure[lane] = unsure
        self._busy.discard(lane)

    def urge(self, lane: Lane) -> None:
        """A client waits for the end of the lane's order: verify it sooner than the watch alone would."""
        self._attention.urge(lane)
        if account := self._accounts.get(lane.account):
            account.watch.nudge()

    def watching(self, account: str) -> list[Lane]:
        """The lanes of an account that wait for its watch to read the position; each is returned once."""
        return self._attention.waiting(account)

    def write_down(self) -> None:
        """Before this process ends: write down what only this one knows."""
        for held in list(self._held.values()):
            try:
                held.write_down()
            except (LaneLost, LedgerUnavailable, OrderMoved) as error:
                log.warning("not written down", account=held.lane.account, symbol=held.lane.symbol, reason=str(error))

    def _seize(self, lane: Lane) -> bool:
        with self._lock:
            if lane in self._busy:
                return False
            self._busy.add(lane)
            return True

    def _withdraw(self, lane: Lane) -> None:
        """Queue an order again that may have been kept as sent by a write that failed. This process has not sent it;
        no other can have, as long as the expected claim counts.
        """
        if unsure := self._unsure.get(lane):
            with suppress(LaneLost, OrderMoved):  # it was not kept
                self._ledger.orders.requeue(
                    unsure.claim, unsure.order_id, self._now(), "it was not sent: its write failed"
                )
            del self._unsure[lane]

    def _claim(self, lane: Lane) -> HeldLane | None:
        claim = self._ledger.lanes.claim(lane, self._node)
        if claim is None:
            return None
        last = self._last_use.get(lane, NEVER_USED)
        if last.fence != claim.fence - 1:
            last = LastUse.by_another(claim, self._late_reads(lane))
        held = self._held[lane] = self._holding(claim, last)
        return held

    def _holding(self, claim: Claim, last: LastUse) -> HeldLane:
        return HeldLane(claim, last, self._ledger, self._accounts, self._now, self._timings)

    def _late_reads(self, lane: Lane) -> timedelta:
        account = self._accounts.get(lane.account)
        return late_reads(account, harms=True) if account else LATE_READS_WHERE_IT_HARMS

    def _advance(self, held: HeldLane) -> timedelta | None:
        try:
            while not held.released:
                pause = step(held, self._attention)
                for order in held.ended:
                    self._on_end(order)
                held.ended.clear()
                if pause is not None:
                    return pause
        except BaseException:
            held.forget()
            raise
        self._last_use[held.lane] = held.last_use()
        del self._held[held.lane]
        return None
