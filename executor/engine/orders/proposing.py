"""Decides what an order does next: a signed request, its end, or a wait. Both ways of sending begin here.

Nothing is sent here. Nothing is written but the halt of a symbol whose brakes are tripped.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.decision import (
    Action,
    Close,
    Decision,
    Denied,
    Open,
    Reverse,
    Unneeded,
    builds_up,
    decide,
    moves_away,
)
from executor.core.order import State, client_order_id
from executor.core.position import Leg, Position, PositionMode
from executor.core.reversal import Request, request_for
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.proposal import Inputs, Proposal
from executor.engine.orders.brakes import trip
from executor.engine.orders.inputs import MustAsk, Undecidable, gather
from executor.ledger import OrderRow, Send


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing is to be sent for the order."""

    state: State
    reason: str
    position_before: Position | None = None
    decided: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be sent now. `pause` is None if that is not known; a reason is worth writing down."""

    pause: timedelta | None
    reason: str = ""


LOOK_AGAIN = Wait(None)


def propose(held: HeldLane, order: OrderRow, *, ask: bool) -> Proposal | Ended | Wait:
    """Without `ask` neither the exchange nor the ledger is read: an order that needs a read waits."""
    try:
        inputs, decision = _decided(held, order, ask)
        margin_mode = _margin_mode(inputs, decision, ask)
    except MustAsk:
        return LOOK_AGAIN
    except ReadFailed as error:
        return Wait(error.retry_after, str(error))
    except (ReadRefused, Undecidable) as error:
        return Ended(State.DENIED, str(error))
    if isinstance(decision, Unneeded | Denied):
        state = State.UNNEEDED if isinstance(decision, Unneeded) else State.DENIED
        return Ended(state, decision.reason, inputs.read.position, decision.name)
    if order.deadline <= held.ledger.now():
        return LOOK_AGAIN  # the reads took so long that it expires now
    if left := held.guards.left(leg := builds_up(decision)):
        return Wait(left, _guarded(leg))
    request = _request(order, decision, inputs, margin_mode)
    if pause := _reserve(held, order, request, inputs, ask):
        return Wait(pause)
    return _signed(order, decision, request, inputs)


def _decided(held: HeldLane, order: OrderRow, ask: bool) -> tuple[Inputs, Decision]:
    """The decision and its inputs. An end without a request needs a position that was asked for after the alert; so
    does an exit in one-way mode, whose request does not name the side and would close another one.
    """
    since = held.first_look(order)
    inputs = gather(held, ask=ask)
    decision = decide(order.intent, inputs.read.position, inputs.terms)
    needs_fresh = isinstance(decision, Unneeded | Denied) or _closes_any_side(order, decision, inputs)
    if needs_fresh and not inputs.asked_now:
        inputs = gather(held, since, ask=ask)
        decision = decide(order.intent, inputs.read.position, inputs.terms)
    if isinstance(decision, Reverse) and held.brakes():
        if not ask:
            raise MustAsk
        if tripped := trip(held):
            return inputs, Denied(tripped)
    return inputs, decision


def _closes_any_side(order: OrderRow, decision: Decision, inputs: Inputs) -> bool:
    is_one_way = inputs.account.config.position_mode is PositionMode.ONE_WAY
    return is_one_way and isinstance(decision, Close) and order.intent.aim.exits is not None


def _margin_mode(inputs: Inputs, decision: Decision, ask: bool) -> str:
    """Only an opening order names it."""
    if not isinstance(decision, Open):
        return ""
    if not ask:
        raise MustAsk
    return inputs.account.margin_mode(inputs.market)


def _guarded(leg: Leg | None) -> str:
    return (
        f"an earlier request to close the {leg} position was answered in doubt and may still run: it would close what "
        "this order builds up"
    )


def _request(order: OrderRow, action: Action, inputs: Inputs, margin_mode: str) -> Request:
    if moves_away(action, order.intent.aim):
        raise AssertionError(f"order {order.id}: {action} would move away from {order.intent.aim}")
    config = inputs.account.config
    return request_for(action, inputs.market, config.position_mode, config.parameters, margin_mode)


def _reserve(held: HeldLane, order: OrderRow, request: Request, inputs: Inputs, ask: bool) -> timedelta | None:
    """How long the exchange's limit makes the order wait; None or zero if it may leave, which is then counted."""
    exchange = inputs.account.exchange
    if ask:
        return exchange.reserve(request.operation, held.lane, again=order.attempt > 0)
    return None if exchange.reserve_at_once(request.operation) else timedelta.resolution


def _signed(order: OrderRow, action: Action, request: Request, inputs: Inputs) -> Proposal:
    attempt = order.attempt + 1
    signed = inputs.account.exchange.sign(request, client_order_id(order.id, attempt))
    sent_as, key_mark = signed.client_order_id, inputs.account.key_mark
    send = Send(attempt, sent_as, request.operation, request.body, signed.signed_at, key_mark)
    return Proposal(action, signed, send, inputs, time.monotonic())
