"""What this process knows of a lane's order at the exchange. Moments are time.monotonic() seconds."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from executor.core.order import State
from executor.engine.lane.proposal import Proposal
from executor.ledger import Answered, Doubt, OrderRow


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused reversal of which the exchange may have carried out the first half."""

    words: str
    at: float
    may_run: timedelta


# How often an order without an end is reported.
WRITE_AGAIN_SECONDS = 1.0  # in the ledger, if the reason has changed
LOG_AGAIN_SECONDS = 60.0  # the same, in the log
REPEAT_SECONDS = 600.0  # if the reason is the same


@dataclass(frozen=True, slots=True)
class Reported:
    """What was last reported of an order that has no end yet, and when.

    `written` begins with the order's state: a state that lasts only a moment is not reported.
    """

    awaits: str = ""
    written: float = field(default_factory=time.monotonic)
    logged: float = float("-inf")

    def is_worth_writing(self, awaits: str) -> bool:
        return self._is_over(self.written, awaits, WRITE_AGAIN_SECONDS)

    def is_worth_logging(self, awaits: str) -> bool:
        return self._is_over(self.logged, awaits, LOG_AGAIN_SECONDS)

    def then(self, awaits: str) -> "Reported":
        """Once it is written, and logged if that is worth it."""
        now = time.monotonic()
        return Reported(awaits, now, now if self.is_worth_logging(awaits) else self.logged)

    def _is_over(self, last: float, awaits: str, if_changed: float) -> bool:
        seconds = REPEAT_SECONDS if awaits == self.awaits else if_changed
        return time.monotonic() - last > seconds


@dataclass(slots=True)
class InFlight:
    """An order between `sent` and its end. Only the thread that runs its lane changes this."""

    order: OrderRow
    signed_at: float  # or when it was found in the ledger
    proposal: Proposal | None = None  # its request, as long as that has not been sent
    answered: Answered | None = None  # its acceptance, as long as the ledger does not hold that
    accepted_at: float = 0.0  # or when it was found in the ledger
    refusal: Refusal | None = None  # as long as it is not known that nothing has run
    record_ended: float | None = None  # when a record of its end was first seen
    fell_short: bool = False  # a look since its acceptance has not shown the plan, or may not have
    reported: Reported = field(default_factory=Reported)

    def accept(self, exchange_order_id: str, at: datetime, since: float) -> None:
        """In memory: usually the order's end follows within a second, and both are written together."""
        self.accepted_at, self.fell_short = since, False
        self.answered = Answered(at, exchange_order_id)
        *sends, last = self.order.sends
        last = replace(last, exchange_order_id=exchange_order_id or None)
        self.order = replace(self.order, state=State.ACCEPTED, updated_at=at, sends=(*sends, last))

    def doubt(self, doubt: Doubt, at: datetime) -> None:
        """The ledger holds it as in doubt."""
        self.refusal, self.reported = None, Reported()
        *sends, last = self.order.sends
        last = replace(last, outcome="in_doubt", answered=doubt.answered)
        self.order = replace(self.order, state=State.IN_DOUBT, updated_at=at, reason=doubt.reason, sends=(*sends, last))
