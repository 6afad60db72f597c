"""Carries out what the evidence on a sent order proves."""

import time
from dataclasses import replace
from datetime import timedelta

from executor.core.evidence import Confirmed, Incomplete, KeepLooking, PlanAnew, Trace, Verdict, longest_doubt
from executor.core.order import State
from executor.core.position import Position
from executor.engine.accounts.account import Account
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.last_use import PreviousPosition
from executor.engine.orders.lifetime import guarded, harm, late_reads, lifetime, recorded
from executor.ledger import Doubt, OrderRow

# Of an account that config.yaml no longer knows: by the defaults of its keys, in one-way mode.
LONGEST_KNOWN_DOUBT = longest_doubt(timedelta(minutes=3), None, harms=True)
NEXT_ROUND = timedelta(seconds=1.5)  # the watch reads every second
TOO_OLD = KeepLooking("its record shows that it has ended, and the position may be from before that")


def lost(held: HeldLane) -> str:
    """Why nothing can be found out about an order at the exchange."""
    lane = held.lane
    if held.account() is None:
        what = f"account {lane.account} with the key that the order was sent with"
    else:
        what = f"symbol {lane.symbol} with the contract that the order was sent for"
    return f"config.yaml no longer has {what}: put it back, so that the exchange can be asked what became of the order"


def is_too_old(held: HeldLane, account: Account, order: OrderRow, verdict: Verdict, trace: Trace | None) -> bool:
    """Whether the position may be from before the end that the order's record shows. From then on, only newer reads
    count. One that falls short may in addition lag behind by `late_reads`.
    """
    if trace not in (Trace.FINISHED, Trace.FOREIGN) or not isinstance(verdict, Confirmed | Incomplete):
        return False
    now = time.monotonic()
    caught_up = held.known.record_ended = held.known.record_ended or now
    if isinstance(verdict, Incomplete):
        caught_up += late_reads(account, harms=harm(account, order)).total_seconds()
    if held.nothing_since >= caught_up:
        return False
    if now >= caught_up:
        held.nothing_since = caught_up
    return True


def now_in_doubt(held: HeldLane, account: Account, order: OrderRow, reason: str, *, answered: bool | None) -> None:
    """What became of an order is not known. `answered` is None where that is not known either."""
    last = replace(order.sends[-1], answered=answered)
    doubted = replace(order, sends=(*order.sends[:-1], last))
    may_run = lifetime(held, account, doubted).longest
    held.mark_in_doubt(Doubt(reason, answered, may_run, guarded(held, account, doubted)))


def conclude(
    held: HeldLane, account: Account, order: OrderRow, verdict: Verdict, position: Position | None, trace: Trace | None
) -> timedelta | None:
    """After how long to look again, None if the order has ended or is queued again."""
    before, _ = recorded(order)
    ran_from = None
    if isinstance(verdict, Confirmed | Incomplete):
        ran_from = before
        late = late_reads(account, harms=harm(account, order))
        held.previous = PreviousPosition(before, time.monotonic() + late.total_seconds())
    if trace is Trace.FINISHED:
        held.unguard(order)
    match verdict:
        case Confirmed():
            held.settle(order, State.CONFIRMED, position_after=position, ran_from=ran_from)
        case Incomplete(reason=reason):
            held.settle(order, State.INCOMPLETE, reason, position_after=position, ran_from=ran_from)
        case PlanAnew() if order.deadline <= held.ledger.now():
            reason = "it did not run and no longer can; by now the signal is older than the rule's max_age"
            held.settle(order, State.EXPIRED, f"{reason}. It was in doubt: {order.reason}", position_after=position)
        case PlanAnew():
            held.requeue(order, "it did not run and no longer can: decided anew from the position as it is now")
        case _:
            return held.look_again()
    return None
