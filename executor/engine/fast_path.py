"""Stores an alert and its orders: as sent where the order can leave at once, else as queued.

If an order's lane is idle and nothing has to be asked, one write records the alert, claims the lane and marks the order
as sent; then the lane is handed over to its thread, which sends it. Every other order is recorded as queued, and a
lane's thread carries it on.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from executor.core.order import Intent, Lane, State, order_id
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.proposal import Proposal
from executor.engine.lanes import Lanes, Unsure
from executor.engine.orders.proposing import propose
from executor.engine.overload import Overload
from executor.ledger import Ledger, NewAlert, OrderRow, Recorded


@dataclass(frozen=True, slots=True)
class Proposed:
    """A borrowed lane and what its order is to send."""

    held: HeldLane
    order: OrderRow
    proposal: Proposal


class FastPath:
    """Stateless but for what it is given; used by every HTTP thread."""

    def __init__(self, ledger: Ledger, lanes: Lanes, overload: Overload, wake: Callable[[Lane], None]) -> None:
        self._ledger, self._lanes, self._overload, self._wake = ledger, lanes, overload, wake
        self._stopped = False

    def stop(self) -> None:
        """From now on every order is queued: this process is about to end, and the next one sends it."""
        self._stopped = True

    def store(self, alert: NewAlert, intents: Sequence[Intent], until: float) -> Recorded:
        """Durable when it returns; its lanes are on their way. `until` (time.monotonic()) is how long it may wait.

        Raises LedgerUnavailable if nothing was stored, or that is not known.
        """
        proposed: dict[Lane, Proposed] = {}
        recorded = None
        try:
            for intent in intents:
                if found := self._propose(alert, intent):
                    proposed[intent.lane] = found
            departures = [each.proposal.departure(each.held.claim) for each in proposed.values()]
            within = max(0.0, until - time.monotonic())
            recorded = self._ledger.alerts.record(alert, intents, departures, within)
            for claim in recorded.claims:
                self._hand_over(proposed.pop(claim.lane), alert)
        finally:
            for each in proposed.values():
                self._give_back(each, sure=recorded is not None)
            for intent in intents:  # also after trouble: then it is not known whether a write was kept
                self._wake(intent.lane)
        return recorded

    def _propose(self, alert: NewAlert, intent: Intent) -> Proposed | None:
        """None if the order is to be queued."""
        if self._overload.on or self._stopped:
            return None
        held = self._lanes.borrow(intent.lane)
        if held is None:
            self._lanes.urge(intent.lane)
            return None
        proposal = None
        try:
            order = _new_order(alert, intent)
            arranged = held.arrange([order], alert.arrived_at)
            if arranged.runs_next and not arranged.reread:
                proposal = propose(held, order, ask=False)
        finally:
            if not isinstance(proposal, Proposal):
                self._lanes.give_back(intent.lane)
        return Proposed(held, order, proposal) if isinstance(proposal, Proposal) else None

    def _hand_over(self, proposed: Proposed, alert: NewAlert) -> None:
        proposed.held.has_sent(proposed.order, proposed.proposal, alert.received_at)
        self._lanes.hand_over(proposed.held)

    def _give_back(self, proposed: Proposed, *, sure: bool) -> None:
        """It is not sent now. `sure`: the ledger does not hold it as sent."""
        held, proposal = proposed.held, proposed.proposal
        proposal.inputs.account.exchange.give_back(proposal.signed.operation)  # it is reserved anew later
        self._lanes.give_back(held.lane, None if sure else Unsure(held.claim, proposed.order.id))


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
