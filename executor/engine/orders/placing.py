"""Places an order: the ledger holds it as sent, then it is sent once, then its answer is recorded."""

import time
from datetime import timedelta

import structlog

from executor.bitget.answers import Accepted, Answer, Duplicate, InDoubt, NotDone, Rejected, Why
from executor.bitget.codes import Meaning
from executor.bitget.reads import ReadFailed
from executor.core.order import State
from executor.core.reversal import Operation
from executor.engine.accounts.account import Account
from executor.engine.lane.backoff import before_next_try
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.proposal import Inputs, Proposal
from executor.engine.orders.concluding import now_in_doubt
from executor.engine.orders.lifetime import late_reads, lifetime
from executor.engine.orders.proposing import Ended, Wait, propose
from executor.ledger import Halt, KeyInUse, OrderRow

log = structlog.get_logger()

# A reversal closes, then opens. Which code means that only the opening failed is not documented; these may.
OPEN_LEG_FAILED = frozenset({Meaning.BALANCE, Meaning.SIZE})
TRIES_TO_CLOSE = 3  # a position may have gone since it was read, and the next read may lag behind that


def place(held: HeldLane, order: OrderRow) -> timedelta | None:
    """Propose a queued order and mark it sent. How long to wait; None if the lane's next step may follow: `send`, if
    the order is in flight.
    """
    if other := _under_another_name(held):
        return held.delay(order, str(other))
    match propose(held, order, ask=True):
        case Proposal() as proposal:
            return _mark_sent(held, order, proposal)
        case Ended(state, reason, position_before, decided):
            held.settle(order, state, reason, position_before=position_before, decided=decided)
            return None
        case Wait(pause, reason):
            return held.delay(order, reason, pause) if reason else pause


def _under_another_name(held: HeldLane) -> KeyInUse | None:
    """The order in flight for the same account under another name: it may have changed the position until now."""
    account = held.account()
    other = held.ledger.queries.key_in_use(account.key_mark, held.lane.symbol) if account else None
    if other:
        held.nothing_since = time.monotonic()
    return other


def _mark_sent(held: HeldLane, order: OrderRow, proposal: Proposal) -> timedelta | None:
    match held.mark_sent(order, proposal):
        case Halt() as halt:
            held.settle(order, State.DENIED, f"halted by {halt.author}: {halt.reason}")
        case KeyInUse() as other:
            return held.delay(order, str(other))
    return None


def send(held: HeldLane, order: OrderRow, proposal: Proposal) -> None:
    """Send once what the ledger holds as sent, unless its inputs have become too old."""
    held.known.proposal = None
    latest = proposal.since + held.timings.proposal_lifetime.total_seconds()
    if time.monotonic() > latest:
        held.requeue(order, "it was not sent: too much time had passed since it was decided")
        return
    answer = proposal.inputs.account.exchange.send(proposal.signed, latest)
    _record(held, order, answer, proposal.inputs)


def _record(held: HeldLane, order: OrderRow, answer: Answer, inputs: Inputs) -> None:
    match answer:
        case Accepted(order_id=order_id):
            held.mark_accepted(order_id)
        case InDoubt(reason=reason, answered=answered):
            now_in_doubt(held, inputs.account, order, reason, answered=answered)
        case Duplicate():
            now_in_doubt(held, inputs.account, order, f"{answer}: the earlier one is looked up", answered=True)
        case NotDone(reason=reason, kind=kind, retry_after=retry_after):
            if kind is Why.CLOCK:
                _synchronise(inputs.account)
            held.requeue(order, reason, max(retry_after, before_next_try(order.attempt)))
        case Rejected(meaning=meaning) if meaning in OPEN_LEG_FAILED and order.sends[-1].operation is Operation.REVERSE:
            held.mark_refused(str(answer), lifetime(held, inputs.account, order).longest)
        case Rejected(meaning=Meaning.NOTHING_TO_CLOSE) if (tries := held.found_nothing(order)) < TRIES_TO_CLOSE:
            pause = late_reads(inputs.account, harms=True) if tries > 1 else timedelta(0)
            held.requeue(order, f"{answer}. Decided anew from a fresh position", pause)
        case Rejected(meaning=meaning):
            if meaning is Meaning.MODE:
                inputs.account.forget_mode()
            held.settle(order, State.REJECTED, str(answer))


def _synchronise(account: Account) -> None:
    try:
        account.exchange.sync_time()
    except ReadFailed as error:
        log.warning("clock not synchronised", account=account.config.name, reason=str(error))
