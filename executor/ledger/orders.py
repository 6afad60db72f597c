"""An order's way through its states. Every verb but one is conditional on a claim of its lane.

Each raises LaneLost once another node holds the lane, and OrderMoved if the
order's state does not allow the step; then nothing is written. `at` is always
on the wall clock.
"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, bindparam, func, select, update

from executor.core.order import Intent, State
from executor.ledger.columns import (
    as_json,
    history_line,
    microseconds_or_none,
    position_json,
    storable,
    to_microseconds,
)
from executor.ledger.halts import halt_over
from executor.ledger.lane_memory import guard_legs, remember_position
from executor.ledger.lanes import hold, release_after
from executor.ledger.order_rows import order_with_key
from executor.ledger.records import Answered, Claim, Departure, Doubt, Halt, KeyInUse, OrderEnd
from executor.ledger.statements import Compiled
from executor.ledger.steps import (
    NOT_DONE,
    SendOutcome,
    Step,
    departure_facts,
    moved,
    record_outcome,
    record_send,
    take_step,
)
from executor.ledger.tables import among, in_flight, lanes, orders
from executor.ledger.transactions import Subject, Transaction, writing, writing_durably

# What an order's end says of its last sending. An order that was sent expires
# only once that sending can no longer run.
_OUTCOME_OF_END = {
    State.CONFIRMED: "confirmed",
    State.INCOMPLETE: "incomplete",
    State.REJECTED: "rejected",
    State.EXPIRED: NOT_DONE,
}
_DELAY = Compiled(
    update(orders)
    .where(orders.c.id == bindparam("order_id"), among(State.QUEUED))
    .values(not_before=bindparam("not_before"), reason=bindparam("reason"))
)
_READ_AS = Compiled(
    update(orders)
    .where(orders.c.id == bindparam("order_id"), among(State.QUEUED))
    .values(intent=bindparam("intent", type_=orders.c.intent.type))
)
_AWAITS = Compiled(
    update(orders)
    .where(orders.c.id == bindparam("order_id"), in_flight)
    .values(
        awaits=bindparam("awaits"),
        may_run_until=func.coalesce(bindparam("until", type_=BigInteger), orders.c.may_run_until),
    )
)
_CAN_BE_ENDED = (
    orders.c.id == bindparam("order_id"),
    among(State.ACCEPTED, State.IN_DOUBT),
    orders.c.may_run_until <= bindparam("now"),
)
_END_BY_HAND = Compiled(
    update(orders)
    .where(*_CAN_BE_ENDED)
    .values(
        state=State.ENDED.value,
        history=orders.c.history + bindparam("lines"),
        updated_at=bindparam("at"),
        reason=bindparam("reason"),
        awaits="",
        may_run_until=None,
    )
)
_ENDING = (
    select(orders.c.account, orders.c.symbol, orders.c.position_before)
    .where(*_CAN_BE_ENDED)
    .subquery()
)  # fmt: skip
_REMEMBER_ENDING = Compiled(
    update(lanes)
    .where(lanes.c.account == select(_ENDING.c.account).scalar_subquery())
    .where(lanes.c.symbol == select(_ENDING.c.symbol).scalar_subquery())
    .values(
        position_before=select(_ENDING.c.position_before).scalar_subquery(),
        ended_at=bindparam("now"),
    )
)


class OrderStore(Subject):
    @writing_durably
    def mark_sent(self, tx: Transaction, departure: Departure, order_id: str, at: datetime) -> Halt | KeyInUse | None:
        """The last step before a request leaves.

        Writes nothing and returns what stops it, if a halt covers the lane or
        an order is in flight at the same account under another name.
        """
        claim, send = departure.claim, departure.send
        hold(tx, claim)
        stopped = halt_over(tx, claim.lane) or order_with_key(tx, send.key_mark, claim.lane.symbol)
        if stopped:
            return stopped
        take_step(tx, order_id, Step(State.SENT, at, facts=departure_facts(departure)))
        record_send(tx, claim.lane, order_id, send, at)
        return None

    @writing
    def mark_accepted(self, tx: Transaction, claim: Claim, order_id: str, answered: Answered) -> None:
        """The exchange has accepted it; what it has done is not known yet."""
        hold(tx, claim)
        take_step(tx, order_id, Step(State.ACCEPTED, answered.at))
        accepted = SendOutcome("accepted", answered.at, answered.exchange_order_id)
        record_outcome(tx, order_id, accepted)

    @writing
    def mark_in_doubt(self, tx: Transaction, claim: Claim, order_id: str, at: datetime, doubt: Doubt) -> None:
        """It may have run or not, and may run until the doubt's `may_run` is over."""
        hold(tx, claim)
        take_step(tx, order_id, Step(State.IN_DOUBT, at, doubt.reason))
        _set_awaits(tx, order_id, "", doubt.may_run)
        guard_legs(tx, claim.lane, doubt.guarded)
        in_doubt = SendOutcome("in_doubt", at, answered=doubt.answered)
        record_outcome(tx, order_id, in_doubt)

    @writing
    def set_awaits(
        self, tx: Transaction, claim: Claim, order_id: str, awaits: str, may_run: timedelta | None = None
    ) -> None:
        """Why an order at the exchange has no end yet, and how long its request may still run (None: as before)."""
        hold(tx, claim)
        _set_awaits(tx, order_id, awaits, may_run)

    @writing
    def requeue(
        self,
        tx: Transaction,
        claim: Claim,
        order_id: str,
        at: datetime,
        reason: str,
        pause: timedelta | None = None,
    ) -> None:
        """Queued again for at least `pause`: the last sending certainly did not run and no longer can."""
        hold(tx, claim)
        not_before = tx.now + pause if pause else None
        take_step(tx, order_id, Step(State.QUEUED, at, reason, not_before))
        record_outcome(tx, order_id, SendOutcome(NOT_DONE, at))

    @writing
    def delay(self, tx: Transaction, claim: Claim, order_id: str, pause: timedelta, reason: str) -> None:
        """A queued order stays queued for at least `pause`."""
        hold(tx, claim)
        wait = {
            "order_id": order_id,
            "not_before": tx.microseconds_after(pause),
            "reason": storable(reason),
        }
        if _DELAY.run(tx.connection, wait) != 1:
            raise moved(tx, order_id, State.QUEUED)

    @writing
    def read_as(self, tx: Transaction, claim: Claim, order_id: str, intent: Intent) -> None:
        """Another target counts for a queued order, because of the signals beside it."""
        hold(tx, claim)
        reread = {"order_id": order_id, "intent": as_json(intent.to_json())}
        if _READ_AS.run(tx.connection, reread) != 1:
            raise moved(tx, order_id, State.QUEUED)

    @writing
    def settle(self, tx: Transaction, claim: Claim, order_id: str, end: OrderEnd) -> bool:
        """End an order. True if it was the lane's last unfinished one: then the lane is released."""
        released = release_after(tx, claim, order_id, end.last_signal)
        if end.ran_from is not None:
            remember_position(tx, claim.lane, end.ran_from)
        facts = {
            "position_before": position_json(end.position_before),
            "position_after": position_json(end.position_after),
            "decided": end.decided,
        }
        step = Step(end.state, end.at, end.reason, answered=end.answered, facts=facts)
        take_step(tx, order_id, step)
        if outcome := _OUTCOME_OF_END.get(end.state):
            record_outcome(tx, order_id, _outcome(outcome, end))
        return released

    @writing_durably
    def end_by_hand(self, tx: Transaction, order_id: str, at: datetime, reason: str) -> bool:
        """End an order without evidence, whatever node holds its lane.

        False unless it is in doubt, or accepted without an end, and can no
        longer run. What it may have done counts as done now.
        """
        reason = storable(reason)
        which = {"order_id": order_id, "now": tx.now_microseconds}
        # The lane's row first, as in every other verb, so that none blocks another
        _REMEMBER_ENDING.run(tx.connection, which)
        facts = {
            "at": to_microseconds(at),
            "reason": reason,
            "lines": history_line(State.ENDED, at, reason),
        }
        return _END_BY_HAND.run(tx.connection, which | facts) == 1


def _set_awaits(tx: Transaction, order_id: str, awaits: str, may_run: timedelta | None) -> None:
    until = None if may_run is None else tx.now + may_run
    facts = {
        "order_id": order_id,
        "awaits": storable(awaits),
        "until": microseconds_or_none(until),
    }
    if _AWAITS.run(tx.connection, facts) != 1:
        raise moved(tx, order_id, State.IN_DOUBT)


def _outcome(outcome: str, end: OrderEnd) -> SendOutcome:
    if end.answered is None:
        return SendOutcome(outcome, end.at)
    return SendOutcome(outcome, end.answered.at, end.answered.exchange_order_id)
