"""One step of an order to another state, and what became of its last sending. For subjects, in their transactions.

`core.order.TRANSITIONS` has the legal steps. The statement of a step changes
the order's row only if its state before allows the step.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from executor.core.order import TRANSITIONS, Lane, State
from executor.ledger.columns import (
    as_json,
    history_line,
    microseconds_or_none,
    position_json,
    storable,
    to_microseconds,
)
from executor.ledger.errors import OrderMoved
from executor.ledger.records import Answered, Departure, Send
from executor.ledger.statements import Compiled
from executor.ledger.tables import among, orders, sends
from executor.ledger.transactions import Transaction

NOT_DONE = "not_done"  # outcome of a sending that certainly did not run
# What a step may tell of an order besides its state. What it does not tell stays.
_FACTS = ("attempt", "position_before", "position_after", "plan", "decided", "key_mark")
_NO_FACTS: dict[str, Any] = dict.fromkeys(_FACTS)


@dataclass(frozen=True, slots=True)
class Step:
    """To `state`, at a time of the wall clock. `not_before` is on the ledger's clock.

    With `answered`, an order that is sent goes through `accepted` on the way.
    """

    state: State
    at: datetime
    reason: str = ""
    not_before: datetime | None = None
    answered: Answered | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # of _FACTS, as columns hold them


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What became of a sending, known `at` a time of the wall clock. What is None stays as it is."""

    outcome: str
    at: datetime
    exchange_order_id: str | None = None
    answered: bool | None = None


def _step_to(state: State, *before: State) -> Compiled:
    facts = {
        name: func.coalesce(bindparam(name, type_=orders.c[name].type), orders.c[name])
        for name in _FACTS
    }  # fmt: skip
    step = (
        update(orders)
        .where(orders.c.id == bindparam("order_id"), among(*before))
        .values(
            state=state.value,
            history=orders.c.history + bindparam("lines"),
            updated_at=bindparam("at"),
            reason=bindparam("reason"),
            not_before=bindparam("not_before"),
            awaits="",
            may_run_until=None,
            **facts,
        )
    )
    return Compiled(step)


def _states_before(state: State) -> list[State]:
    return [before for before, ways in TRANSITIONS.items() if state in ways]


_STEP = {state: _step_to(state, *_states_before(state)) for state in State}
_STEP_OF_ANSWERED = {state: _step_to(state, State.SENT) for state in TRANSITIONS[State.ACCEPTED]}
_NEW_SEND = Compiled(insert(sends))
_LAST_ATTEMPT = (
    select(func.max(sends.c.attempt))
    .where(sends.c.order_id == bindparam("of_order"))
    .scalar_subquery()
)  # fmt: skip
_SET_OUTCOME = Compiled(
    update(sends)
    .where(sends.c.order_id == bindparam("of_order"), sends.c.attempt == _LAST_ATTEMPT)
    .values(
        outcome=bindparam("outcome"),
        answered_at=func.coalesce(sends.c.answered_at, bindparam("now")),
        exchange_order_id=func.coalesce(bindparam("exchange_order_id"), sends.c.exchange_order_id),
        answered=func.coalesce(bindparam("answered"), sends.c.answered),
    )
)
_STATE = select(orders.c.state).where(orders.c.id == bindparam("order_id"))


def take_step(tx: Transaction, order_id: str, step: Step) -> None:
    """Raises OrderMoved if the order's state does not allow it."""
    reason = storable(step.reason)
    lines = history_line(step.state, step.at, reason)
    statement = _STEP[step.state]
    if step.answered:
        lines = history_line(State.ACCEPTED, step.answered.at) + lines
        statement = _STEP_OF_ANSWERED[step.state]
    values = {
        "order_id": order_id,
        "lines": lines,
        "at": to_microseconds(step.at),
        "reason": reason,
        "not_before": microseconds_or_none(step.not_before),
    }
    if statement.run(tx.connection, _NO_FACTS | step.facts | values) != 1:
        raise moved(tx, order_id, step.state)


def departure_facts(departure: Departure) -> dict[str, Any]:
    """What an order's columns hold once it is sent."""
    return {
        "attempt": departure.send.attempt,
        "position_before": position_json(departure.position_before),
        "plan": position_json(departure.plan),
        "decided": departure.decided,
        "key_mark": departure.send.key_mark or None,
    }


def record_send(tx: Transaction, lane: Lane, order_id: str, send: Send, at: datetime) -> None:
    """A sending that leaves now. `at` is now on the wall clock."""
    row = {
        "order_id": order_id,
        "attempt": send.attempt,
        "client_order_id": send.client_order_id,
        "account": lane.account,
        "symbol": lane.symbol,
        "operation": str(send.operation),
        "request": as_json(dict(send.request)),
        "signed_at": to_microseconds(send.signed_at),
        "at": to_microseconds(at),
        "left_at": tx.now_microseconds,
        "key_mark": send.key_mark,
    }
    _NEW_SEND.run(tx.connection, row)


def record_outcome(tx: Transaction, order_id: str, outcome: SendOutcome) -> None:
    """Of the order's last sending."""
    answered = outcome.answered
    facts = {
        "of_order": order_id,
        "outcome": outcome.outcome,
        "now": to_microseconds(outcome.at),
        "exchange_order_id": outcome.exchange_order_id,
        "answered": None if answered is None else int(answered),
    }
    _SET_OUTCOME.run(tx.connection, facts)


def moved(tx: Transaction, order_id: str, wanted: State) -> OrderMoved:
    """The error to raise for a step that the order's state does not allow."""
    found = tx.connection.execute(_STATE, {"order_id": order_id}).scalar()
    return OrderMoved(order_id, found or "unknown", wanted)
