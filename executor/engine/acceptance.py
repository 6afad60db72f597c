"""Takes an alert into the ledger, and lets its orders leave with that where nothing stands in their way.

If an order's lane is idle and nothing has to be asked, one write takes the alert in, claims the lane and marks the
order as sent. While the disk is busy with that, a lane's thread brings the request as far as to its first byte, which
the commit lets go. Every other order is stored as queued, and a lane's thread carries it on.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from executor.bitget.reads import ReadFailed
from executor.core.decision import Reverse, builds_up, decide
from executor.core.order import Intent, Lane, State, order_id
from executor.engine.lanes import Lanes
from executor.engine.ready import Ready
from executor.engine.rush import Rush
from executor.engine.sending import make_request, sign
from executor.engine.situation import Unfit, is_known, situation
from executor.engine.work import Work
from executor.ledger import Claim, Departure, Ledger, LedgerSlow, NewAlert, OrderRow, Recorded


@dataclass(slots=True)
class Boarded:
    """A borrowed lane and the order that is to leave on it, once the gate opens."""

    work: Work
    order: OrderRow
    ready: Ready
    departure: Departure
    lined_up: bool = False  # a lane's thread has them now


class Acceptance:
    """Stateless but for what it is given; used by every HTTP thread."""

    def __init__(self, ledger: Ledger, lanes: Lanes, rush: Rush, wake: Callable[[Lane], None]) -> None:
        self._ledger, self._lanes, self._rush, self._wake = ledger, lanes, rush, wake

    def store(self, alert: NewAlert, intents: Sequence[Intent], until: float) -> Recorded:
        """Durable when it returns; its lanes are on their way. `until` (time.monotonic()) is how long it may wait.

        Raises LedgerUnavailable if nothing was stored, or that is not known.
        """
        boarded: dict[Lane, Boarded] = {}
        waiting = {intent.lane for intent in intents}
        over, one_at_a_time = threading.Event(), threading.Lock()

        def line_up(claims: Sequence[Claim]) -> None:
            with one_at_a_time:
                if over.is_set():  # the lanes have been given back
                    raise LedgerSlow
                for claim in claims:
                    self._line_up(boarded[claim.lane], alert)

        try:
            for intent in intents:
                if found := self._board(alert, intent):
                    boarded[intent.lane] = found
            departures = [each.departure for each in boarded.values()]
            within = max(0.0, until - time.monotonic())
            recorded = self._ledger.record_alert(alert, intents, departures, line_up, within)
            for claim in recorded.claims:
                boarded.pop(claim.lane).ready.gate.open()
                waiting.discard(claim.lane)
        finally:
            with one_at_a_time:
                over.set()
                for each in boarded.values():
                    self._stay(each)
            for lane in waiting:  # also after trouble: then it is not known whether a write was kept
                self._wake(lane)
        return recorded

    def _board(self, alert: NewAlert, intent: Intent) -> Boarded | None:
        """The order with its lane, if it may leave at once."""
        if self._rush.on:
            return None
        work = self._lanes.borrow(intent.lane)
        if work is None:
            self._lanes.urge(intent.lane)
            return None
        order = _new_order(alert, intent)
        ready = None
        try:
            ready = _ready(work, order, alert)
        finally:
            if ready is None:
                self._lanes.give_back(intent.lane)
        return Boarded(work, order, ready, work.departure(ready)) if ready else None

    def _line_up(self, boarded: Boarded, alert: NewAlert) -> None:
        """Let a lane's thread go on with it, up to the gate."""
        if boarded.lined_up:
            return
        boarded.lined_up = True
        work = boarded.work
        work.has_sent(boarded.order, boarded.departure, alert.received_at, boarded.ready.since)
        work.ready = boarded.ready
        self._lanes.adopt(work)
        self._wake(work.lane)

    def _stay(self, boarded: Boarded) -> None:
        """It does not leave now. A lane's thread that has it already tries to queue it again, for its alert may have
        been kept although that failed; else it finds the lane not claimed.
        """
        if boarded.lined_up:
            boarded.ready.gate.bar()
        else:
            boarded.ready.found.venue.exchange.give_back(boarded.ready.prepared.operation)  # it is reserved anew later
            self._lanes.give_back(boarded.work.lane)


def _ready(work: Work, order: OrderRow, alert: NewAlert) -> Ready | None:
    """The signed request, if no question is open that a lane's thread would have to settle first."""
    if work.brakes() or not is_known(work):
        return None
    if work.arrange([order], alert.arrived_at).runs_next is None:
        return None
    try:
        found = situation(work)
    except (Unfit, ReadFailed):
        return None
    action = decide(order.intent, found.read.position, found.terms)
    if not isinstance(action, Reverse) or work.guard_over(builds_up(action)):
        return None
    request = make_request(order, action, found)
    if not found.venue.exchange.reserve_at_once(request.operation):
        return None
    return sign(order, action, request, found)


def _new_order(alert: NewAlert, intent: Intent) -> OrderRow:
    return OrderRow(
        seq=0,  # the ledger gives it its number
        id=order_id(alert.receipt, intent.lane, intent.rule),
        receipt=alert.receipt,
        intent=intent,
        state=State.QUEUED,
        reason="",
        attempt=0,
        not_before=None,
        position_before=None,
        position_after=None,
        plan=None,
        decided=None,
        config_digest=alert.config_digest,
        updated_at=alert.received_at,
        arrived_at=alert.arrived_at,
        deadline=alert.deadline(intent),
    )
