"""Verifies an order that was accepted or refused: what became of it?"""

import time
from contextlib import suppress
from datetime import timedelta

from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market
from executor.core.evidence import (
    AcceptedEvidence,
    Doubted,
    KeepLooking,
    Refused,
    Trace,
    judge_accepted,
    judge_refused,
)
from executor.core.order import State
from executor.engine.accounts.account import Account
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.in_flight import Refusal
from executor.engine.orders.concluding import (
    LONGEST_KNOWN_DOUBT,
    NEXT_ROUND,
    TOO_OLD,
    conclude,
    is_too_old,
    lost,
    now_in_doubt,
)
from executor.engine.orders.lifetime import harm, late_reads, lifetime, recorded
from executor.engine.orders.observations import read_now, seen_by_watch, trace_by_id, trace_of_doubt
from executor.ledger import OrderRow

SOON = timedelta(milliseconds=50)  # another lane reads the records


def verify(held: HeldLane, order: OrderRow, *, urgent: bool) -> timedelta | None:
    """Read the position of an accepted order until it is the plan. Where it falls short after the rule's window, the
    order's record is read. An order that the exchange still works on keeps the lane, also if the position is the plan:
    a person may have traded by hand.

    The watch reads the position every second; a client that waits for the end makes it read sooner. If the watch reads
    nothing after the window, the position is read here: another endpoint may still answer.
    """
    account, market = held.account(), held.market()
    if account is None or market is None:
        left = LONGEST_KNOWN_DOUBT - timedelta(seconds=time.monotonic() - held.known.accepted_at)
        return held.explain(order, lost(held), NEXT_ROUND, left)
    window_end = held.known.accepted_at + order.intent.verify_for.total_seconds()
    closing = seen_by_watch(account, market, max(held.nothing_since, window_end))
    if closing is None and time.monotonic() - window_end > NEXT_ROUND.total_seconds():
        closing = read_now(account, market)
    read = closing or seen_by_watch(account, market, held.nothing_since)
    if read is None:
        return _next_read(account, urgent=urgent)
    position = read.position
    before, plan = recorded(order)
    target = order.intent.aim
    reached = position.satisfies(plan, target)
    trace = trouble = None
    if reached or closing is not None:
        trace, trouble = _traced(held, account, market, order, reached=reached)
        if trace is None:
            return SOON
    long_over = time.monotonic() - held.known.accepted_at > account.config.answered_doubt.total_seconds()
    seen = AcceptedEvidence(
        target, before, plan, position, closing is not None, trace, long_over, held.known.fell_short
    )
    held.known.fell_short |= not reached
    verdict = judge_accepted(seen)
    if held.known.fell_short and is_too_old(held, account, order, verdict, trace):
        verdict = TOO_OLD
    if isinstance(verdict, KeepLooking) and closing is None:  # as may happen to any order
        return _next_read(account, urgent=urgent) if verdict is TOO_OLD else held.look_again()
    if isinstance(verdict, KeepLooking):
        awaits = "; ".join(filter(None, (verdict.reason, trouble)))
        left = lifetime(held, account, order).longest
        return held.explain(order, awaits, held.look_again(), left)
    return conclude(held, account, order, verdict, position, trace)


def _next_read(account: Account, *, urgent: bool) -> timedelta:
    """The watch wakes the lane then."""
    if urgent:
        account.watch.nudge()
    return NEXT_ROUND


def verify_refusal(held: HeldLane, order: OrderRow, refusal: Refusal) -> timedelta | None:
    """Find out whether a part of a refused reversal has run, once reads no longer lag behind it."""
    account, market = held.account(), held.market()
    if account is None or market is None:
        return NEXT_ROUND
    caught_up = refusal.at + late_reads(account, harms=harm(account, order)).total_seconds()
    if (left := caught_up - time.monotonic()) >= 0:
        return timedelta(seconds=left, milliseconds=1)
    read, trace = read_now(account, market), Trace.UNREAD
    with suppress(ReadFailed, ReadRefused):  # judged as what it is: not read
        trace = trace_of_doubt(account, market, order, caught_up) or Trace.UNREAD
    before, _ = recorded(order)
    match judge_refused(before, read.position if read else None, trace):
        case Refused():
            held.settle(order, State.REJECTED, refusal.words)
        case Doubted(reason=reason):
            now_in_doubt(held, account, order, f"{refusal.words}; but {reason}", answered=True)
        case KeepLooking() if time.monotonic() - refusal.at < held.timings.unread_refusal.total_seconds():
            return held.look_again()
        case KeepLooking(reason=reason):
            words = f"{refusal.words}; whether anything ran is not known: {reason}"
            now_in_doubt(held, account, order, words, answered=True)
    return None


def _traced(
    held: HeldLane, account: Account, market: Market, order: OrderRow, *, reached: bool
) -> tuple[Trace | None, str | None]:
    """What the records hold of an accepted order, and why they could not be read. Where the plan is reached, one read
    serves all lanes; None while another lane reads.
    """
    try:
        if reached:
            return trace_of_doubt(account, market, order, held.known.accepted_at), None
        return trace_by_id(account, market, order), None
    except (ReadFailed, ReadRefused) as error:
        return Trace.UNREAD, str(error)
