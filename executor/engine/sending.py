"""One queued order: read the position, decide, record, send, and record the answer."""

import time
from datetime import timedelta

import structlog

from executor.bitget.answers import Accepted, Answer, Duplicate, InDoubt, NotDone, Rejected, Why
from executor.bitget.codes import Meaning
from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.decision import Action, Decision, Denied, Open, Reverse, Unneeded, builds_up, decide, moves_away
from executor.core.order import State, client_order_id
from executor.core.position import Leg
from executor.core.reversal import Operation, Request, request_for
from executor.engine.backoff import before_next_try
from executor.engine.brakes import trip
from executor.engine.concluding import now_in_doubt
from executor.engine.gate import Gate
from executor.engine.lifetime import late_reads, lifetime
from executor.engine.ready import Ready, Situation
from executor.engine.situation import Unfit, situation
from executor.engine.venue import Venue
from executor.engine.work import Work
from executor.ledger import Halt, KeyInUse, OrderRow, Send

log = structlog.get_logger()

# A reversal closes, then opens. Which code tells that only the opening failed is not documented; these may.
OPEN_LEG_FAILED = frozenset({Meaning.BALANCE, Meaning.SIZE})
TRIES_TO_CLOSE = 3  # a position may have gone since it was read, and the next read may lag behind that
MOST_SECONDS_READY = 2.0  # before a request leaves: what it was decided from grows old


def run_queued(work: Work, order: OrderRow) -> timedelta | None:
    """Carry a queued order as far as it goes. How long to wait before going on; None to look at the lane again."""
    if other := work.key_in_use():
        return work.delay(order, str(other))
    try:
        found, decision = _decided(work, order)
        margin_mode = found.venue.margin_mode(found.market) if isinstance(decision, Open) else ""
    except ReadFailed as error:
        return work.delay(order, str(error), error.retry_after)
    except (ReadRefused, Unfit) as error:
        work.settle(order, State.DENIED, str(error))
        return None
    if isinstance(decision, Unneeded | Denied):
        state = State.UNNEEDED if isinstance(decision, Unneeded) else State.DENIED
        work.settle(order, state, decision.reason, position_before=found.read.position, decided=decision.name)
        return None
    if order.deadline <= work.ledger.now():
        return None  # what was read took so long that it expires now, like any other
    if left := work.guard_over(leg := builds_up(decision)):
        return work.delay(order, _guarded(leg), left)
    request = make_request(order, decision, found, margin_mode)
    if pause := found.venue.exchange.reserve(request.operation, work.lane, again=order.attempt > 0):
        return pause
    ready = sign(order, decision, request, found)
    match work.mark_sent(order, ready):
        case Halt() as halt:
            work.settle(order, State.DENIED, f"halted by {halt.author}: {halt.reason}")
        case KeyInUse() as other:
            return work.delay(order, str(other))
        case None:
            ready.gate.open()
            _deliver(work, ready)
    return None


def depart(work: Work, order: OrderRow, ready: Ready) -> None:
    """Send what is recorded as sent when its alert is taken in: as soon as it is."""
    work.ready = None
    if time.monotonic() - ready.since > MOST_SECONDS_READY:
        work.requeue(order, "it was not sent: no thread was free to do so at once")
    else:
        _deliver(work, ready)


def make_request(order: OrderRow, action: Action, found: Situation, margin_mode: str = "") -> Request:
    if moves_away(action, order.intent.target):
        raise AssertionError(f"order {order.id}: {action} would move away from {order.intent.target}")
    account = found.venue.account
    return request_for(action, found.market, account.position_mode, account.parameters, margin_mode)


def sign(order: OrderRow, action: Action, request: Request, found: Situation) -> Ready:
    attempt = order.attempt + 1
    prepared = found.venue.exchange.prepare(request, client_order_id(order.id, attempt))
    sent_as, key_mark = prepared.client_order_id, found.venue.key_mark
    send = Send(attempt, sent_as, request.operation, request.body, prepared.signed_at, key_mark)
    return Ready(action, prepared, send, found, time.monotonic(), Gate())


def _decided(work: Work, order: OrderRow) -> tuple[Situation, Decision]:
    """What to do, and from what that was decided. An end that sends nothing rests on a position that was asked for
    after the alert came.
    """
    since = work.first_look(order)
    found = situation(work)
    decision = decide(order.intent, found.read.position, found.terms)
    if isinstance(decision, Unneeded | Denied) and not found.asked_now:
        found = situation(work, since)
        decision = decide(order.intent, found.read.position, found.terms)
    if isinstance(decision, Reverse) and (tripped := trip(work)):
        return found, Denied(tripped)
    return found, decision


def _guarded(leg: Leg | None) -> str:
    return (
        f"an earlier request to close the {leg} position was answered in doubt and may still run: it would close what "
        "this order builds up"
    )


def _deliver(work: Work, ready: Ready) -> None:
    answer = ready.found.venue.exchange.send(ready.prepared, ready.gate.let_go)
    if (order := work.in_flight) is None:
        raise AssertionError(f"lane {work.lane}: {ready.prepared.client_order_id} left without being in flight")
    _record(work, order, answer, ready.found)


def _record(work: Work, order: OrderRow, answer: Answer, found: Situation) -> None:
    match answer:
        case Accepted(order_id=order_id):
            work.mark_accepted(order, order_id)
        case InDoubt(reason=reason, answered=answered):
            now_in_doubt(work, found.venue, order, reason, answered=answered)
        case Duplicate():
            now_in_doubt(work, found.venue, order, f"{answer}: the earlier one is looked up", answered=True)
        case NotDone(reason=reason, kind=kind, retry_after=retry_after):
            if kind is Why.CLOCK:
                _synchronise(found.venue)
            work.requeue(order, reason, max(retry_after, before_next_try(order.attempt)))
        case Rejected(meaning=meaning) if meaning in OPEN_LEG_FAILED and order.sends[-1].operation is Operation.REVERSE:
            work.mark_refused(order, str(answer), lifetime(work, found.venue, order).longest)
        case Rejected(meaning=Meaning.NOTHING_TO_CLOSE) if (tries := work.found_nothing(order)) < TRIES_TO_CLOSE:
            pause = late_reads(found.venue, harms=True) if tries > 1 else timedelta(0)
            work.requeue(order, f"{answer}. Decided anew from a fresh position", pause)
        case Rejected(meaning=meaning):
            if meaning is Meaning.MODE:
                found.venue.forget_mode()
            work.settle(order, State.REJECTED, str(answer))


def _synchronise(venue: Venue) -> None:
    try:
        venue.exchange.sync_time()
    except ReadFailed as error:
        log.warning("clock not synchronised", account=venue.account.name, reason=str(error))
