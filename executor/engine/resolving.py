"""An order that has been sent: find out what became of it."""

import time
from datetime import timedelta

from executor.bitget.exchange import BitgetExchange
from executor.bitget.orders import OrderTrace
from executor.bitget.positions import PositionRead
from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market
from executor.core.evidence import (
    LATE_READS,
    Confirmed,
    Doubted,
    Evidence,
    Incomplete,
    KeepLooking,
    PlanAnew,
    Refused,
    Trace,
    Verdict,
    judge_accepted,
    judge_doubt,
    judge_refused,
)
from executor.core.order import State
from executor.core.position import Position
from executor.core.reversal import Operation
from executor.engine.venue import Venue
from executor.engine.work import Past, Refusal, Work
from executor.ledger import OrderRow, SendRow

NEXT_ROUND = timedelta(seconds=1.5)  # the watch reads every second
UNREAD_SECONDS = 30.0  # in which a refused order is looked at; then the ledger shall know of it
ENDED = frozenset({"filled", "canceled", "cancelled"})  # Bitget, GET /api/v2/mix/order/detail: state


def suspect(work: Work, order: OrderRow) -> None:
    """Found as sent: the answer was never recorded, because its process ended or could not write."""
    work.mark_in_doubt(order, "its answer was not recorded: the process that sent it ended or lost the ledger")


def verify(work: Work, order: OrderRow, *, urgent: bool) -> timedelta | None:
    """Look at the position of an accepted order until it is the plan, or the rule's window ends.

    The watch reads it every second anyway; somebody who waits for the end makes it urgent. If the watch sees nothing
    after the window, the position is read here: another endpoint may still answer.
    """
    venue, market = work.venue(), work.market()
    if venue is None or market is None:
        return NEXT_ROUND  # config.yaml has lost it for now: only evidence ends an order
    left = order.updated_at + order.intent.verify_for - work.now()
    after_window = max(work.nothing_since, time.monotonic() + left.total_seconds())
    closing = _seen_by_watch(venue, market, after_window)
    if closing is None and left < -NEXT_ROUND:
        closing = _read(venue, market)
    position = closing or _seen_by_watch(venue, market, work.nothing_since)
    if position is None:
        if urgent:
            venue.watch.nudge()
        return NEXT_ROUND
    before, plan = _recorded(order)
    verdict = judge_accepted(order.intent.target, before, plan, position, window_over=closing is not None)
    return _conclude(work, venue, order, verdict, position)


def resolve(work: Work, order: OrderRow) -> timedelta | None:
    """Gather evidence on an order in doubt."""
    venue, market = work.venue(), work.market()
    if venue is None or market is None:
        return NEXT_ROUND
    exchange, send = venue.exchange, order.sends[-1]
    position = trace = None
    try:
        could_still_run = _could_still_run(work, venue, send)
        position = exchange.position(market).position
        position = None if work.is_past(position) else position
        trace = _trace(exchange, market, send)
    except (ReadFailed, ReadRefused):
        could_still_run = True  # what could not be read proves nothing
    before, plan = _recorded(order)
    seen = Evidence(order.intent.target, before, plan, position, trace or Trace.UNREAD, could_still_run)
    return _conclude(work, venue, order, judge_doubt(seen), position)


def weigh(work: Work, order: OrderRow, refusal: Refusal) -> timedelta | None:
    """Look whether anything of a refused reversal has run, as soon as reads no longer lag behind it."""
    venue, market = work.venue(), work.market()
    if venue is None or market is None:
        return NEXT_ROUND
    if (left := refusal.at + _late_reads(venue).total_seconds() - time.monotonic()) >= 0:
        return timedelta(seconds=left, milliseconds=1)
    position, trace = None, Trace.UNREAD
    try:
        position = venue.exchange.position(market).position
        trace = _trace(venue.exchange, market, order.sends[-1])
    except (ReadFailed, ReadRefused):
        pass  # judged as what it is: not read
    before, _ = _recorded(order)
    match judge_refused(before, position, trace):
        case Refused():
            work.settle(order, State.REJECTED, refusal.words)
        case Doubted(reason=reason):
            work.mark_in_doubt(order, f"{refusal.words}; but {reason}")
        case KeepLooking() if time.monotonic() - refusal.at < UNREAD_SECONDS:
            return work.look_again()
        case KeepLooking(reason=reason):
            work.mark_in_doubt(order, f"{refusal.words}; whether anything ran is not known: {reason}")
    return None


def _conclude(
    work: Work, venue: Venue, order: OrderRow, verdict: Verdict, position: Position | None
) -> timedelta | None:
    if isinstance(verdict, Confirmed | Incomplete):
        before, _ = _recorded(order)
        work.past = Past(before, time.monotonic() + _late_reads(venue).total_seconds())
    match verdict:
        case Confirmed():
            work.settle(order, State.CONFIRMED, position_after=position)
        case Incomplete(reason=reason):
            work.settle(order, State.INCOMPLETE, reason, position_after=position)
        case PlanAnew() if order.intent.expires_at <= work.now():
            reason = "it did not run and no longer can; by now the signal is older than the rule's max_age"
            work.settle(order, State.EXPIRED, reason, position_after=position)
        case PlanAnew():
            work.requeue(order, "it did not run and no longer can: decided anew from the position as it is now")
        case _:
            return work.look_again()
    return None


def _seen_by_watch(venue: Venue, market: Market, after: float) -> Position | None:
    """The position as it was asked for after that moment (time.monotonic()), None while it is unknown."""
    try:
        read: PositionRead | None = venue.watch.latest(market, after)
    except ReadFailed:
        return None
    return read.position if read else None


def _read(venue: Venue, market: Market) -> Position | None:
    try:
        return venue.exchange.position(market).position
    except (ReadFailed, ReadRefused):
        return None


def _recorded(order: OrderRow) -> tuple[Position, Position]:
    """The position before the sending and the planned one: mark_sent has recorded both."""
    if order.position_before is None or order.plan is None:
        raise AssertionError(f"order {order.id} was sent without a record of its position and plan")
    return order.position_before, order.plan


def _late_reads(venue: Venue) -> timedelta:
    return LATE_READS if venue.account.late_reads is None else venue.account.late_reads


def _could_still_run(work: Work, venue: Venue, send: SendRow) -> bool:
    """Whether the exchange's clock, at its slowest, is within reach of the signature's life. Raises ReadFailed."""
    exchange = venue.exchange
    if exchange.clock.error is None:
        exchange.sync_time()
    slack = exchange.clock.error or timedelta(0)
    return exchange.server_now() - slack <= send.signed_at + work.timings.signature_lifetime + _late_reads(venue)


def _trace(exchange: BitgetExchange, market: Market, send: SendRow) -> Trace:
    """What the exchange's records hold of one send. Raises ReadFailed or ReadRefused."""
    found = exchange.find_order(market, send.client_order_id)
    traces: tuple[OrderTrace, ...] = (found,) if found else ()
    if not traces and send.operation is Operation.REVERSE:
        # which of a reversal's two orders carries our id is not documented, so any reversal since counts
        traces = exchange.reversals_since(market, send.signed_at - (exchange.clock.error or timedelta(0)))
    if not traces:
        return Trace.ABSENT
    return Trace.FINISHED if all(trace.state in ENDED for trace in traces) else Trace.WORKING
