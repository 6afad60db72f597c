"""An order's way through its states. Every step is conditional on the claim and on the state before it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from executor.core.order import TRANSITIONS, Lane, State
from executor.core.position import Position
from executor.core.reversal import Operation
from executor.ledger.claims import holds, still_held
from executor.ledger.errors import LaneLost, OrderMoved
from executor.ledger.halts import halt_over
from executor.ledger.rows import Claim, Halt, Send, to_microseconds
from executor.ledger.tables import lanes, orders, sends, transitions

BEFORE = {after: tuple(before.value for before, ways in TRANSITIONS.items() if after in ways) for after in State}
HAD_ITS_SAY = frozenset({State.CONFIRMED, State.INCOMPLETE, State.UNNEEDED})
NOT_DONE = "not_done"


def mark_sent(
    connection: Connection,
    claim: Claim,
    order_id: str,
    send: Send,
    now: datetime,
    *,
    position_before: Position,
    plan: Position,
    decided: str,
) -> Halt | None:
    """The last step before a request leaves. A halt over the lane stops it here: then nothing is written."""
    if not still_held(connection, claim):
        raise LaneLost(claim.lane)
    if halt := halt_over(connection, claim.lane, now):
        return halt
    facts = {
        "attempt": send.attempt,
        "not_before": None,
        "position_before": position_before.to_json(),
        "plan": plan.to_json(),
        "decided": decided,
    }
    _advance(connection, claim, order_id, State.SENT, now, "", facts)
    connection.execute(
        insert(sends),
        {
            "order_id": order_id,
            "attempt": send.attempt,
            "client_order_id": send.client_order_id,
            "account": claim.lane.account,
            "symbol": claim.lane.symbol,
            "operation": send.operation.value,
            "request": dict(send.request),
            "signed_at": to_microseconds(send.signed_at),
            "at": to_microseconds(now),
        },
    )
    return None


def mark_accepted(connection: Connection, claim: Claim, order_id: str, now: datetime, exchange_order_id: str) -> None:
    _advance(connection, claim, order_id, State.ACCEPTED, now, "", {})
    _answer(connection, order_id, now, "accepted", exchange_order_id)


def mark_in_doubt(connection: Connection, claim: Claim, order_id: str, now: datetime, reason: str) -> None:
    _advance(connection, claim, order_id, State.IN_DOUBT, now, reason, {})
    _answer(connection, order_id, now, "in_doubt")


def requeue(
    connection: Connection, claim: Claim, order_id: str, now: datetime, reason: str, not_before: datetime | None
) -> None:
    """Back to waiting, because the last sending certainly was not carried out and no longer can be."""
    _advance(connection, claim, order_id, State.QUEUED, now, reason, {"not_before": _moment(not_before)})
    _answer(connection, order_id, now, NOT_DONE)


def delay(connection: Connection, claim: Claim, order_id: str, not_before: datetime, reason: str) -> None:
    """A queued order that must wait; it stays queued."""
    stays = (orders.c.id == order_id, orders.c.state == State.QUEUED.value, holds(claim))
    changed = connection.execute(
        update(orders).where(*stays).values(not_before=to_microseconds(not_before), reason=reason)
    )
    if changed.rowcount != 1:
        raise _why_not(connection, claim, order_id, State.QUEUED)


def settle(
    connection: Connection,
    claim: Claim,
    order_id: str,
    state: State,
    now: datetime,
    reason: str,
    *,
    position_before: Position | None = None,
    position_after: Position | None = None,
    decided: str | None = None,
) -> None:
    """End an order."""
    facts: dict[str, Any] = {"not_before": None}
    for name, position in (("position_before", position_before), ("position_after", position_after)):
        if position is not None:
            facts[name] = position.to_json()
    if decided is not None:
        facts["decided"] = decided
    signal_time = _advance(connection, claim, order_id, state, now, reason, facts)
    if state in (State.CONFIRMED, State.INCOMPLETE, State.REJECTED):
        _answer(connection, order_id, now, state.value)
    if state in HAD_ITS_SAY and signal_time:
        _had_its_say(connection, claim, to_microseconds(datetime.fromisoformat(signal_time)))


def count_reversals(connection: Connection, lane: Lane, since: datetime) -> int:
    """How many reversals of a lane have left since then, but for those that certainly were not carried out."""
    counts = or_(sends.c.outcome.is_(None), sends.c.outcome.not_in((NOT_DONE, State.REJECTED.value)))
    found = connection.execute(
        select(func.count())
        .select_from(sends)
        .where(sends.c.account == lane.account, sends.c.symbol == lane.symbol, sends.c.at >= to_microseconds(since))
        .where(sends.c.operation == Operation.REVERSE.value, counts)
    )
    return int(found.scalar_one())


def _advance(
    connection: Connection, claim: Claim, order_id: str, state: State, now: datetime, reason: str, facts: dict[str, Any]
) -> str | None:
    """Bring an order into a state, if the claim and the state before allow it. Returns its signal's own time."""
    at = to_microseconds(now)
    changed = connection.execute(
        update(orders)
        .where(orders.c.id == order_id, orders.c.state.in_(BEFORE[state]), holds(claim))
        .values(state=state.value, updated_at=at, reason=reason, **facts)
        .returning(orders.c.intent)
    ).first()
    if changed is None:
        raise _why_not(connection, claim, order_id, state)
    connection.execute(insert(transitions), {"order_id": order_id, "state": state.value, "at": at, "reason": reason})
    signal_time: str | None = changed.intent["signal_time"]
    return signal_time


def _answer(
    connection: Connection, order_id: str, now: datetime, outcome: str, exchange_order_id: str | None = None
) -> None:
    """Note on the last sending what became of it."""
    last = select(func.max(sends.c.attempt)).where(sends.c.order_id == order_id).scalar_subquery()
    facts = {"exchange_order_id": exchange_order_id} if exchange_order_id else {}
    connection.execute(
        update(sends)
        .where(sends.c.order_id == order_id, sends.c.attempt == last)
        .values(outcome=outcome, answered_at=func.coalesce(sends.c.answered_at, to_microseconds(now)), **facts)
    )


def _had_its_say(connection: Connection, claim: Claim, signal_time: int) -> None:
    newer = or_(lanes.c.last_signal_at.is_(None), lanes.c.last_signal_at < signal_time)
    lane = (lanes.c.account == claim.lane.account, lanes.c.symbol == claim.lane.symbol)
    connection.execute(update(lanes).where(*lane, newer).values(last_signal_at=signal_time))


def _why_not(connection: Connection, claim: Claim, order_id: str, wanted: State) -> LaneLost | OrderMoved:
    if not connection.execute(select(holds(claim))).scalar():
        return LaneLost(claim.lane)
    found = connection.execute(select(orders.c.state).where(orders.c.id == order_id)).scalar()
    return OrderMoved(order_id, found or "unknown", wanted)


def _moment(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)
