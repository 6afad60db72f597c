"""What a lane does next: one step of one order."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from executor.core.order import State
from executor.core.position import Target
from executor.engine.attention import Attention
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.in_flight import InFlight
from executor.engine.orders.placing import place, send
from executor.engine.orders.resolving import doubt_unrecorded, resolve
from executor.engine.orders.verification import verify, verify_refusal
from executor.ledger import LedgerUnavailable, OrderRow

WRITE_AFTER_SECONDS = 1.0  # an acceptance whose order's end does not come as usual


def step(held: HeldLane, attention: Attention) -> timedelta | None:
    """Advance one order by one state. How long to wait before going on, None to go on at once."""
    if known := held.in_flight:
        pause = _follow(held, known, attention)
        if pause is None or held.in_flight is None or not _lasts(known.order):
            return pause
        try:
            return _behind(held, known.order, pause)
        except LedgerUnavailable:
            return pause  # the heartbeat logs that; what is known of the order must not be lost
    orders = held.unfinished()
    if found := next((order for order in orders if order.state.in_flight), None):
        held.found_in_flight(found)
        return None
    if orders:
        return _next_queued(held, orders)
    held.release()
    return None


def _follow(held: HeldLane, known: InFlight, attention: Attention) -> timedelta | None:
    order = known.order
    match order.state:
        case State.SENT if known.proposal:
            send(held, order, known.proposal)
            return None
        case State.SENT if known.refusal:
            return verify_refusal(held, order, known.refusal)
        case State.SENT:
            doubt_unrecorded(held, order)
            return None
        case State.ACCEPTED:
            return _verify(held, known, attention)
        case _:
            return resolve(held, order)


def _verify(held: HeldLane, known: InFlight, attention: Attention) -> timedelta | None:
    urgent = attention.begin(held.lane)
    pause = verify(held, known.order, urgent=urgent)
    if pause is None:
        attention.end(held.lane)
    elif known.answered and time.monotonic() - held.nothing_since >= WRITE_AFTER_SECONDS:
        held.write_down()
    return pause


def _lasts(order: OrderRow) -> bool:
    """Whether it was reported why the order has no end yet: orders that wait behind it may then end."""
    return bool(order.awaits or order.may_run_until)


def _behind(held: HeldLane, in_flight: OrderRow, pause: timedelta) -> timedelta | None:
    """Let the orders behind one in doubt expire and be superseded in time. None if an operator has ended it."""
    orders = held.unfinished()
    if all(order.id != in_flight.id for order in orders):
        held.ended_by_hand(in_flight)
        return None
    queued = [order for order in orders if order.id != in_flight.id]
    _arrange(held, queued)
    now = held.ledger.now()
    return min([pause, *(order.deadline - now for order in queued if order.deadline > now)])


def _next_queued(held: HeldLane, orders: Sequence[OrderRow]) -> timedelta | None:
    order = _arrange(held, orders)
    if order is None:
        return None
    now = held.ledger.now()
    if order.not_before and order.not_before > now:
        return min(order.not_before, order.deadline) - now
    pause = place(held, order)
    return pause and min(pause, max(order.deadline - held.ledger.now(), timedelta(milliseconds=1)))


def _arrange(held: HeldLane, orders: Sequence[OrderRow]) -> OrderRow | None:
    """Note what counts for queued orders, and end those that are too old or pointless; the one that runs next."""
    arranged = held.arrange(orders, held.ledger.now())
    by_id = {order.id: order for order in orders}
    for order_id, target in arranged.reread:  # before an order that it replaces ends
        by_id[order_id] = _reread(held, by_id[order_id], target)
    for order_id, reason in arranged.unneeded:
        held.settle(by_id[order_id], State.UNNEEDED, reason)
    for state, ends in ((State.EXPIRED, arranged.expired), (State.SUPERSEDED, arranged.superseded)):
        for order_id, reason in ends:
            held.settle(by_id[order_id], state, _cause(by_id[order_id], reason))
    return by_id[arranged.runs_next] if arranged.runs_next else None


def _reread(held: HeldLane, order: OrderRow, target: Target) -> OrderRow:
    """Another target counts for a queued order, also after a restart."""
    intent = replace(order.intent, read_as=target)
    held.ledger.orders.read_as(held.claim, order.id, intent)
    return replace(order, intent=intent)


def _cause(order: OrderRow, reason: str) -> str:
    """Why an order has ended, and what it was waiting for."""
    return f"{reason}. It was waiting: {order.reason}" if order.reason else reason
