"""Places an order: what it proposes is written down as sent, then sent once, and its answer is recorded."""

import time
from datetime import timedelta

import structlog

from executor.bitget.answers import Accepted, Answer, Duplicate, InDoubt, NotDone, Rejected, Why
from executor.bitget.codes import Meaning
from executor.bitget.reads import ReadFailed
from executor.core.order import State
from executor.core.reversal import Operation
from executor.engine.backoff import before_next_try
from executor.engine.concluding import now_in_doubt
from executor.engine.lifetime import late_reads, lifetime
from executor.engine.proposal import Inputs, Proposal
from executor.engine.proposing import Ended, Wait, propose
from executor.engine.venue import Venue
from executor.engine.work import Work
from executor.ledger import Halt, KeyInUse, OrderRow

log = structlog.get_logger()

# A reversal closes, then opens. Which code tells that only the opening failed is not documented; these may.
OPEN_LEG_FAILED = frozenset({Meaning.BALANCE, Meaning.SIZE})
TRIES_TO_CLOSE = 3  # a position may have gone since it was read, and the next read may lag behind that


def place(work: Work, order: OrderRow) -> timedelta | None:
    """Carry a queued order as far as it goes: if it returns None and the order is in flight, `send` comes next.

    How long to wait before going on; None to look at the lane again.
    """
    if other := work.key_in_use():
        return work.delay(order, str(other))
    match propose(work, order, ask=True):
        case Proposal() as proposal:
            return _mark_sent(work, order, proposal)
        case Ended(state, reason, position_before, decided):
            work.settle(order, state, reason, position_before=position_before, decided=decided)
            return None
        case Wait(pause, reason):
            return work.delay(order, reason, pause) if reason else pause


def _mark_sent(work: Work, order: OrderRow, proposal: Proposal) -> timedelta | None:
    match work.mark_sent(order, proposal):
        case Halt() as halt:
            work.settle(order, State.DENIED, f"halted by {halt.author}: {halt.reason}")
        case KeyInUse() as other:
            return work.delay(order, str(other))
    return None


def send(work: Work, order: OrderRow, proposal: Proposal) -> None:
    """Send, once, what the ledger holds as sent. What it was decided from grows old: then it is not sent."""
    work.proposal = None
    if time.monotonic() - proposal.since > work.timings.proposal_lifetime.total_seconds():
        work.requeue(order, "it was not sent: too much time had passed since it was decided")
        return
    answer = proposal.inputs.venue.exchange.send(proposal.prepared)
    _record(work, order, answer, proposal.inputs)


def _record(work: Work, order: OrderRow, answer: Answer, inputs: Inputs) -> None:
    match answer:
        case Accepted(order_id=order_id):
            work.mark_accepted(order, order_id)
        case InDoubt(reason=reason, answered=answered):
            now_in_doubt(work, inputs.venue, order, reason, answered=answered)
        case Duplicate():
            now_in_doubt(work, inputs.venue, order, f"{answer}: the earlier one is looked up", answered=True)
        case NotDone(reason=reason, kind=kind, retry_after=retry_after):
            if kind is Why.CLOCK:
                _synchronise(inputs.venue)
            work.requeue(order, reason, max(retry_after, before_next_try(order.attempt)))
        case Rejected(meaning=meaning) if meaning in OPEN_LEG_FAILED and order.sends[-1].operation is Operation.REVERSE:
            work.mark_refused(order, str(answer), lifetime(work, inputs.venue, order).longest)
        case Rejected(meaning=Meaning.NOTHING_TO_CLOSE) if (tries := work.found_nothing(order)) < TRIES_TO_CLOSE:
            pause = late_reads(inputs.venue, harms=True) if tries > 1 else timedelta(0)
            work.requeue(order, f"{answer}. Decided anew from a fresh position", pause)
        case Rejected(meaning=meaning):
            if meaning is Meaning.MODE:
                inputs.venue.forget_mode()
            work.settle(order, State.REJECTED, str(answer))


def _synchronise(venue: Venue) -> None:
    try:
        venue.exchange.sync_time()
    except ReadFailed as error:
        log.warning("clock not synchronised", account=venue.account.name, reason=str(error))
