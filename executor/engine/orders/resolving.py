"""Resolves an order in doubt: it may have run, may still run, or may never have arrived. Only evidence ends it.

While its request can still run, the watch's reads are enough: they cost nothing, for any number of lanes in doubt. The
exchange's order records are asked when the position is the plan, and near the end, once for all lanes of an account.
"""

import time
from datetime import timedelta

from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market
from executor.core.evidence import Evidence, KeepLooking, Trace, judge_doubt
from executor.core.position import Position
from executor.engine.accounts.account import Account
from executor.engine.lane.held_lane import HeldLane
from executor.engine.orders.concluding import (
    LONGEST_KNOWN_DOUBT,
    NEXT_ROUND,
    TOO_OLD,
    conclude,
    is_too_old,
    lost,
    now_in_doubt,
)
from executor.engine.orders.lifetime import NONE_LEFT, Lifetime, lifetime, recorded
from executor.engine.orders.observations import read_now, seen_by_watch, trace_of_doubt
from executor.ledger import Doubt, OrderRow

BETWEEN_LOOKS = timedelta(seconds=1)  # at what the watch has read
BETWEEN_RECORDS = timedelta(seconds=5)  # that are read while only an answered doubt goes on
SOON = timedelta(milliseconds=100)  # another lane reads the records


def doubt_unrecorded(held: HeldLane, order: OrderRow) -> None:
    """An order was found as sent: its answer was never recorded, because its process ended or could not write."""
    reason = "its answer was not recorded: the process that sent it ended or lost the ledger"
    if (account := held.account()) is None:
        held.mark_in_doubt(Doubt(reason, None, LONGEST_KNOWN_DOUBT))
    else:
        now_in_doubt(held, account, order, reason, answered=None)


def resolve(held: HeldLane, order: OrderRow) -> timedelta | None:
    """Gather evidence on an order in doubt. After how long to look again, None if it is no longer in doubt."""
    account, market = held.account(), held.market()
    if account is None or market is None:
        return held.explain(order, lost(held), NEXT_ROUND)
    left = lifetime(held, account, order)
    over = left.longest if left.longest <= NONE_LEFT else left.signature
    over_since = time.monotonic() + min(over, NONE_LEFT).total_seconds()
    after = max(held.nothing_since, over_since) if over <= NONE_LEFT else held.nothing_since
    position = _position(held, account, market, left, after)
    before, plan = recorded(order)
    reached = position is not None and position.satisfies(plan, order.intent.aim)
    trace, trouble, room_in = Trace.UNREAD, account.watch.trouble if position is None else None, None
    if position is not None and (reached or left.signature <= NONE_LEFT):
        found, trouble, room_in = _traced(account, market, order, after)
        if found is None:
            return SOON
        trace = found
    could_still_run = left.signature > NONE_LEFT or (left.longest > NONE_LEFT and trace is not Trace.FINISHED)
    seen = Evidence(order.intent.aim, before, plan, position, trace, could_still_run)
    verdict = judge_doubt(seen)
    if is_too_old(held, account, order, verdict, trace):
        verdict = TOO_OLD
    if isinstance(verdict, KeepLooking):
        awaits = "; ".join(filter(None, (verdict.reason, trouble, _what_ends_it(left))))
        pause = _pause(held, left)
        return held.explain(order, awaits, min(pause, room_in or pause), left.longest)
    return conclude(held, account, order, verdict, position, trace)


def _position(held: HeldLane, account: Account, market: Market, left: Lifetime, after: float) -> Position | None:
    """The watch's newest read, or one of our own where the watch has shown nothing after the signature's end."""
    read = seen_by_watch(account, market, after)
    if read is None:
        account.watch.nudge()
        if left.signature < -NEXT_ROUND:
            read = read_now(account, market)
    may_be_previous = read and held.previous and held.previous.may_be(read)
    return None if read is None or may_be_previous else read.position


def _traced(
    account: Account, market: Market, order: OrderRow, after: float
) -> tuple[Trace | None, str | None, timedelta | None]:
    """See trace_of_doubt. Why the records could not be read, and after how long their limit has room for that."""
    try:
        return trace_of_doubt(account, market, order, after), None, None
    except ReadFailed as error:
        return Trace.UNREAD, str(error), error.retry_after
    except ReadRefused as error:
        return Trace.UNREAD, str(error), None


def _what_ends_it(left: Lifetime) -> str:
    if left.longest <= NONE_LEFT:
        return "the order ends once this can be read, or by hand with `executor end`"
    return "the order's record at the exchange ends it, or that its request can no longer run"


def _pause(held: HeldLane, left: Lifetime) -> timedelta:
    if left.signature > NONE_LEFT:
        return min(held.look_again(), BETWEEN_LOOKS, left.signature + timedelta(milliseconds=1))
    if left.longest > NONE_LEFT:
        return min(BETWEEN_RECORDS, left.longest + timedelta(milliseconds=1))
    return held.look_again()
