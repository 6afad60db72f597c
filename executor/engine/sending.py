"""One queued order: read the position, decide, record, send, and record the answer."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from executor.bitget.answers import Accepted, Answer, Duplicate, InDoubt, NotDone, Rejected, Why
from executor.bitget.codes import Meaning
from executor.bitget.positions import PositionRead
from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market
from executor.core.decision import Action, Decision, Denied, Open, Reverse, Terms, Unneeded, decide, moves_away
from executor.core.order import State, client_order_id
from executor.core.position import PositionMode
from executor.core.reversal import Request, request_for
from executor.engine.backoff import before_next_try
from executor.engine.brakes import trip
from executor.engine.venue import Venue
from executor.engine.work import Work
from executor.errors import ExecutorError
from executor.ledger import OrderRow, Send

log = structlog.get_logger()

# A reversal closes, then opens. Which code tells that only the opening failed is not documented; these may.
OPEN_LEG_FAILED = frozenset({Meaning.BALANCE, Meaning.SIZE})


@dataclass(frozen=True, slots=True)
class Situation:
    """What the account and the contract look like just before a decision."""

    venue: Venue
    market: Market
    read: PositionRead
    terms: Terms


class Unfit(ExecutorError):
    """Nothing can be decided for this account or symbol, whatever its position is. The text says what to change."""


def run_queued(work: Work, order: OrderRow) -> timedelta | None:
    """Carry a queued order as far as it goes. How long to wait before going on; None if its state has changed."""
    try:
        found = _situation(work)
        decision = _decision(work, order, found)
        margin_mode = found.venue.margin_mode(found.market) if isinstance(decision, Open) else ""
    except ReadFailed as error:
        return work.delay(order, str(error))
    except (ReadRefused, Unfit) as error:
        work.settle(order, State.DENIED, str(error))
        return None
    if isinstance(decision, Unneeded | Denied):
        state = State.UNNEEDED if isinstance(decision, Unneeded) else State.DENIED
        work.settle(order, state, decision.reason, position_before=found.read.position, decided=decision.name)
        return None
    account = found.venue.account
    request = request_for(decision, found.market, account.position_mode, account.parameters, margin_mode)
    return _send(work, order, decision, request, found)


def _situation(work: Work) -> Situation:
    """Raises ReadFailed while something needed for a decision is unknown, ReadRefused or Unfit if it stays so."""
    venue, market = work.venue(), work.market()
    if venue is None or market is None:
        lost = f"account {work.lane.account}" if venue is None else f"symbol {work.lane.symbol}"
        raise Unfit(f"config.yaml no longer has {lost}")
    read = venue.position(market, work.nothing_since)
    contract = venue.contract(market)
    account = venue.account
    if (mode := read.mode or venue.mode(market)) is not account.position_mode:
        raise Unfit(_mode_mismatch(account.name, mode, account.position_mode))
    return Situation(
        venue, market, read, Terms(account.position_mode, contract, account.parameters.partial_one_way, read.mark_price)
    )


def _mode_mismatch(account: str, real: PositionMode, configured: PositionMode) -> str:
    return (
        f"account {account} is in {real} mode at the exchange, but config.yaml says position_mode: {configured}; "
        "nothing was sent. Change position_mode in config.yaml, or the account's mode in Bitget's app"
    )


def _decision(work: Work, order: OrderRow, found: Situation) -> Decision:
    decision = decide(order.intent, found.read.position, found.terms)
    if isinstance(decision, Reverse) and (tripped := trip(work)):
        return Denied(tripped)
    return decision


def _send(work: Work, order: OrderRow, action: Action, request: Request, found: Situation) -> timedelta | None:
    if moves_away(action, order.intent.target):
        raise AssertionError(f"order {order.id}: {action} would move away from {order.intent.target}")
    exchange = found.venue.exchange
    if pause := exchange.reserve(request.operation):
        return pause
    attempt = order.attempt + 1
    prepared = exchange.prepare(request, client_order_id(order.id, attempt))
    send = Send(attempt, prepared.client_order_id, request.operation, request.body, prepared.signed_at)
    if halt := work.mark_sent(order, send, found.read.position, action):
        work.settle(order, State.DENIED, f"halted by {halt.author}: {halt.reason}")
        return None
    _record(work, order, attempt, exchange.send(prepared), found)
    return None


def _record(work: Work, order: OrderRow, attempt: int, answer: Answer, found: Situation) -> None:
    match answer:
        case Accepted(order_id=order_id):
            work.mark_accepted(order, order_id)
        case InDoubt(reason=reason):
            work.mark_in_doubt(order, reason)
        case Duplicate():
            work.mark_in_doubt(order, f"{answer}: the earlier one is looked up")
        case NotDone(reason=reason, kind=kind, retry_after=retry_after):
            if kind is Why.CLOCK:
                _synchronise(found.venue)
            work.requeue(order, reason, max(retry_after, before_next_try(attempt)))
        case Rejected(meaning=meaning) if meaning in OPEN_LEG_FAILED and _changed(found):
            work.mark_in_doubt(order, f"{answer}; but the position is no longer what it was")
        case Rejected(meaning=meaning):
            if meaning is Meaning.MODE:
                found.venue.forget_mode()
            work.settle(order, State.REJECTED, str(answer))


def _changed(found: Situation) -> bool:
    """Whether the position is, or cannot be read and so may be, another than the one decided from."""
    try:
        return found.venue.exchange.position(found.market).position != found.read.position
    except (ReadFailed, ReadRefused):
        return True


def _synchronise(venue: Venue) -> None:
    try:
        venue.exchange.sync_time()
    except ReadFailed as error:
        log.warning("clock not synchronised", account=venue.account.name, reason=str(error))
