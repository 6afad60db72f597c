"""How long a request may still run after it has left: no order is sent again before that is over.

Two clocks must agree: the exchange's, on which more than one reply agrees, and the monotonic one of this machine.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from executor.bitget.reads import ReadFailed
from executor.core.evidence import (
    LATE_READS,
    LATE_READS_WHERE_IT_HARMS,
    emptied,
    longest_doubt,
    second_run_harms,
)
from executor.core.position import Leg, Position
from executor.core.reversal import Operation
from executor.engine.accounts.account import Account
from executor.engine.lane.held_lane import HeldLane
from executor.ledger import OrderRow

NOT_KNOWN = timedelta(seconds=1)  # at least, while the exchange's clock is not known
NONE_LEFT = timedelta(0)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The time that is left; negative once it is over.

    `signature`: until the exchange refuses the request for its age and reads show what has run. `longest`: the same for
    a request whose age the exchange may already have checked, and whose second run does harm.
    """

    signature: timedelta
    longest: timedelta


def lifetime(held: HeldLane, account: Account, order: OrderRow) -> Lifetime:
    """How long the order's last request may still run, from now on."""
    harms, elapsed = harm(account, order), _elapsed(held, account, order)
    late, signature = late_reads(account, harms=harms), held.timings.signature_lifetime
    short = signature + late - elapsed
    if not harms or order.sends[-1].answered is False:
        return Lifetime(short, short)
    config = account.config
    longest = longest_doubt(config.answered_doubt, config.late_reads, harms=True, signature=signature)
    return Lifetime(short, longest - elapsed)


def guarded(held: HeldLane, account: Account, order: OrderRow) -> Mapping[Leg, timedelta]:
    """The legs that no order may build up while one in doubt may close them, and for how long.

    A whole turn that runs twice does no harm, unless its leg was built up again in between.
    """
    if order.sends[-1].answered is False or harm(account, order):
        return {}
    left = account.config.answered_doubt - _elapsed(held, account, order)
    return {leg: max(left, NONE_LEFT) for leg in emptied(*recorded(order))}


def harm(account: Account, order: OrderRow) -> bool:
    """Whether the order's last request does harm if it runs twice."""
    before, plan = recorded(order)
    operation: Operation = order.sends[-1].operation
    return second_run_harms(account.config.position_mode, operation, before, plan)


def late_reads(account: Account, *, harms: bool) -> timedelta:
    """How long reads may lag behind what has run."""
    if account.config.late_reads is not None:
        return account.config.late_reads
    return LATE_READS_WHERE_IT_HARMS if harms else LATE_READS


def recorded(order: OrderRow) -> tuple[Position, Position]:
    """The position before the sending and the planned one: mark_sent has recorded both."""
    if order.position_before is None or order.plan is None:
        raise AssertionError(f"order {order.id} was sent without a record of its position and plan")
    return order.position_before, order.plan


def _elapsed(held: HeldLane, account: Account, order: OrderRow) -> timedelta:
    """How long ago the request was signed, at least: by the clock that says less."""
    here = timedelta(seconds=time.monotonic() - held.known.signed_at)
    clock = account.exchange.clock
    if not clock.agreed:
        _ask_time(account)
    if not clock.agreed or clock.error is None:
        return min(here, held.timings.signature_lifetime - NOT_KNOWN)
    return min(here, account.exchange.server_now() - clock.error - order.sends[-1].signed_at)


def _ask_time(account: Account) -> None:
    try:
        account.exchange.sync_time()
    except ReadFailed:
        return  # still not known, and the lane looks again
