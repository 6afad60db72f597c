"""An order's way through its states. Every step is conditional on the claim and on the state before it.

`at` is the machine's wall clock, for those who read of it; `now`, `since` and `not_before` are the ledger's.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from executor.core.order import TRANSITIONS, Lane, State
from executor.core.position import Position
from executor.core.precedence import Signal
from executor.core.reversal import Operation
from executor.ledger.claims import hold, let_go_after
from executor.ledger.errors import OrderMoved
from executor.ledger.halts import halt_over
from executor.ledger.history import step
from executor.ledger.lane_memory import remember
from executor.ledger.prepared import Prepared, as_json
from executor.ledger.reads import key_in_use
from executor.ledger.rows import Answered, Claim, Departure, Halt, KeyInUse, Send, to_microseconds
from executor.ledger.tables import among, orders, sends

NOT_DONE = "not_done"
# What an order's end says of its last sending; an order that was sent expires only once that cannot have run.
_OUTCOME = {state: state.value for state in (State.CONFIRMED, State.INCOMPLETE, State.REJECTED)}
_OUTCOME[State.EXPIRED] = NOT_DONE
# What a step may tell of an order besides its state; what it does not tell stays.
_FACTS = ("attempt", "position_before", "position_after", "plan", "decided", "key_mark")
_NO_FACTS: dict[str, Any] = dict.fromkeys(_FACTS)


def _step_to(state: State, *before: State) -> Prepared:
    facts = {name: func.coalesce(bindparam(name, type_=orders.c[name].type), orders.c[name]) for name in _FACTS}
    step = (
        update(orders)
        .where(orders.c.id == bindparam("order_id"), among(*before))
        .values(
            state=state.value,
            history=orders.c.history + bindparam("steps"),
            updated_at=bindparam("at"),
            reason=bindparam("reason"),
            not_before=bindparam("not_before"),
            awaits="",
            may_run_until=None,
            **facts,
        )
    )
    return Prepared(step)


_STEP = {to: _step_to(to, *(state for state, ways in TRANSITIONS.items() if to in ways)) for to in State}
_END_OF_ANSWERED = {to: _step_to(to, State.SENT) for to in TRANSITIONS[State.ACCEPTED]}
_NEW_SEND = Prepared(insert(sends))
_DELAY = Prepared(
    update(orders)
    .where(orders.c.id == bindparam("order_id"), among(State.QUEUED))
    .values(not_before=bindparam("not_before"), reason=bindparam("reason"))
)
_LAST = select(func.max(sends.c.attempt)).where(sends.c.order_id == bindparam("of_order")).scalar_subquery()
_ANSWER = Prepared(
    update(sends)
    .where(sends.c.order_id == bindparam("of_order"), sends.c.attempt == _LAST)
    .values(
        outcome=bindparam("outcome"),
        answered_at=func.coalesce(sends.c.answered_at, bindparam("now")),
        exchange_order_id=func.coalesce(bindparam("exchange_order_id"), sends.c.exchange_order_id),
        answered=func.coalesce(bindparam("answered"), sends.c.answered),
    )
)
_STATE = select(orders.c.state).where(orders.c.id == bindparam("order_id"))
_REVERSALS = (
    select(func.count())
    .select_from(sends)
    .where(sends.c.account == bindparam("account"), sends.c.symbol == bindparam("symbol"))
    .where(sends.c.left_at >= bindparam("since"), sends.c.operation == Operation.REVERSE.value)
    .where(or_(sends.c.outcome.is_(None), sends.c.outcome.not_in((NOT_DONE, State.REJECTED.value))))
)


def mark_sent(
    connection: Connection, departure: Departure, order_id: str, at: datetime, now: datetime
) -> Halt | KeyInUse | None:
    """The last step before a request leaves. A halt over the lane stops it here, or an order in flight under another
    name of the account: then nothing is written.
    """
    claim, send = departure.claim, departure.send
    hold(connection, claim)
    if halt := halt_over(connection, claim.lane, now):
        return halt
    if other := key_in_use(connection, send.key_mark, claim.lane.symbol):
        return other
    advance(
        connection,
        order_id,
        State.SENT,
        at,
        attempt=send.attempt,
        position_before=as_json(departure.position_before.to_json()),
        plan=as_json(departure.plan.to_json()),
        decided=departure.decided,
        key_mark=send.key_mark or None,
    )
    note_send(connection, claim.lane, order_id, send, at, now)
    return None


def note_send(connection: Connection, lane: Lane, order_id: str, send: Send, at: datetime, now: datetime) -> None:
    sending = {
        "order_id": order_id,
        "attempt": send.attempt,
        "client_order_id": send.client_order_id,
        "account": lane.account,
        "symbol": lane.symbol,
        "operation": str(send.operation),
        "request": as_json(dict(send.request)),
        "signed_at": to_microseconds(send.signed_at),
        "at": to_microseconds(at),
        "left_at": to_microseconds(now),
        "key_mark": send.key_mark,
    }
    _NEW_SEND.run(connection, sending)


def mark_accepted(connection: Connection, claim: Claim, order_id: str, at: datetime, exchange_order_id: str) -> None:
    hold(connection, claim)
    advance(connection, order_id, State.ACCEPTED, at)
    answer(connection, order_id, at, "accepted", exchange_order_id)


def requeue(
    connection: Connection, claim: Claim, order_id: str, at: datetime, reason: str, not_before: datetime | None
) -> None:
    """Back to waiting, because the last sending certainly was not carried out and no longer can be."""
    hold(connection, claim)
    advance(connection, order_id, State.QUEUED, at, reason, not_before)
    answer(connection, order_id, at, NOT_DONE)


def delay(connection: Connection, claim: Claim, order_id: str, not_before: datetime, reason: str) -> None:
    """A queued order that must wait; it stays queued."""
    hold(connection, claim)
    wait = {"order_id": order_id, "not_before": to_microseconds(not_before), "reason": storable(reason)}
    if _DELAY.run(connection, wait) != 1:
        raise moved(connection, order_id, State.QUEUED)


def settle(
    connection: Connection,
    claim: Claim,
    order_id: str,
    state: State,
    at: datetime,
    reason: str,
    *,
    position_before: Position | None = None,
    position_after: Position | None = None,
    decided: str | None = None,
    answered: Answered | None = None,
    last_signal: Signal | None = None,
    ran_from: Position | None = None,
    now: datetime,
) -> bool:
    """End an order, and let its lane go if that was the last one; whether the lane is let go.

    `last_signal` is the newest one that has had its say now, if that has changed. An order that was `answered` since
    it was sent goes through `accepted` on the way. `ran_from` is what was held before an order that may have changed
    the position.
    """
    let_go = let_go_after(connection, claim, order_id, last_signal)
    if ran_from is not None:
        remember(connection, claim.lane, ran_from, now)
    advance(
        connection,
        order_id,
        state,
        at,
        reason,
        answered=answered,
        position_before=as_json(position_before and position_before.to_json()),
        position_after=as_json(position_after and position_after.to_json()),
        decided=decided,
    )
    if outcome := _OUTCOME.get(state):
        answered_at, exchange_order_id = (answered.at, answered.exchange_order_id) if answered else (at, None)
        answer(connection, order_id, answered_at, outcome, exchange_order_id)
    return let_go


def count_reversals(connection: Connection, lane: Lane, since: datetime) -> int:
    """How many reversals of a lane have left since then, but for those that certainly were not carried out."""
    wanted = {"account": lane.account, "symbol": lane.symbol, "since": to_microseconds(since)}
    return int(connection.execute(_REVERSALS, wanted).scalar_one())


def advance(
    connection: Connection,
    order_id: str,
    state: State,
    at: datetime,
    reason: str = "",
    not_before: datetime | None = None,
    answered: Answered | None = None,
    **facts: Any,
) -> None:
    """Bring an order into a state, if the state before allows it."""
    moment, reason = to_microseconds(at), storable(reason)
    wait = None if not_before is None else to_microseconds(not_before)
    steps = step(State.ACCEPTED, to_microseconds(answered.at)) if answered else ""
    steps += step(state, moment, reason)
    told = {"order_id": order_id, "at": moment, "reason": reason, "not_before": wait, "steps": steps}
    statement = _END_OF_ANSWERED[state] if answered else _STEP[state]
    if statement.run(connection, _NO_FACTS | facts | told) != 1:
        raise moved(connection, order_id, state)


def answer(
    connection: Connection,
    order_id: str,
    at: datetime,
    outcome: str,
    exchange_order_id: str | None = None,
    *,
    answered: bool | None = None,
) -> None:
    """Note on the last sending what became of it."""
    facts = {
        "outcome": outcome,
        "now": to_microseconds(at),
        "exchange_order_id": exchange_order_id,
        "answered": None if answered is None else int(answered),
    }
    _ANSWER.run(connection, facts | {"of_order": order_id})


def moved(connection: Connection, order_id: str, wanted: State) -> OrderMoved:
    found = connection.execute(_STATE, {"order_id": order_id}).scalar()
    return OrderMoved(order_id, found or "unknown", wanted)


def storable(words: str) -> str:
    """Words of the exchange's, without what a database refuses: NUL, and halves of surrogate pairs."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
