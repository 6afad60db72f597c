"""A lane while this process runs it: the claim, and every step that is written down under it."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from executor.bitget.positions import PositionRead
from executor.config import Brakes
from executor.core.contract import Market
from executor.core.order import HAD_ITS_SAY, Lane, State
from executor.core.position import Leg, Position
from executor.core.precedence import Arrangement, Signal, Waiting, arrange, compare
from executor.engine.backoff import before_next_look, before_next_try
from executor.engine.proposal import Proposal
from executor.engine.timings import Timings
from executor.engine.venue import Venue, same_contract
from executor.ledger import (
    Answered,
    Claim,
    Departure,
    Doubt,
    Halt,
    HaltScope,
    KeyInUse,
    Ledger,
    LedgerUnavailable,
    OrderRow,
    SendRow,
)

log = structlog.get_logger()

# How often an order without an end is spoken of.
WRITE_AGAIN_SECONDS = 1.0  # in the ledger, if there is something else to say
LOG_AGAIN_SECONDS = 60.0  # the same, in the log
TELL_AGAIN_SECONDS = 600.0  # if there is nothing else to say


class Surroundings(Protocol):
    """What a lane asks of the configuration in force. None where config.yaml no longer knows the name."""

    def venue(self, account: str) -> Venue | None: ...
    def venue_of_key(self, key_mark: str) -> Venue | None: ...
    def market(self, symbol: str) -> Market | None: ...
    def brakes(self, symbol: str) -> Brakes | None: ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the exchange said of a reversal when it may have carried out the first half of it."""

    words: str
    at: float  # time.monotonic()
    may_run: timedelta


@dataclass(frozen=True, slots=True)
class PreviousPosition:
    """What was held before the lane's last order: until then (time.monotonic()), a read that lags may still show it."""

    position: Position
    until: float


@dataclass(frozen=True, slots=True)
class Told:
    """What was last said of an order that has no end yet, and when (time.monotonic()).

    `written` begins with the order's state: what lasts no longer than a moment is not worth a word.
    """

    awaits: str = ""
    written: float = field(default_factory=time.monotonic)
    logged: float = float("-inf")


@dataclass(slots=True)
class Work:
    """One claimed lane. `nothing_since` (time.monotonic()): since then no order of ours has changed its position."""

    claim: Claim
    ledger: Ledger
    surroundings: Surroundings
    now: Callable[[], datetime]
    timings: Timings
    nothing_since: float
    last_signal: Signal | None  # the newest that has had its say on this lane
    in_flight: OrderRow | None = None  # what is known of the order at the exchange; only we change it
    proposal: Proposal | None = None  # its request, as long as that has not left
    answered: Answered | None = None  # its acceptance by the exchange, as long as the ledger does not hold that
    refusal: Refusal | None = None  # of the order in flight, as long as it is not known to be the whole truth
    previous: PreviousPosition | None = None
    guarded: dict[Leg, float] = field(default_factory=dict)  # nothing builds up these legs until time.monotonic() is so
    guarded_for: str = ""  # the only request that needs that, by its clientOid; empty if there may be others
    signed_at: float = 0.0  # time.monotonic(): when the request in flight was signed, or found in the ledger
    accepted_at: float = 0.0  # the same of its acceptance
    record_ended: float | None = None  # time.monotonic(): when a record of its end was first seen
    fell_short: bool = False  # a look since its acceptance has not shown the plan, or may not have
    told: Told = field(default_factory=Told)
    first_looks: dict[str, float] = field(default_factory=dict)  # by order id, as nothing_found
    nothing_found: Counter[str] = field(default_factory=Counter)
    released: bool = False
    looks: int = 0
    failures: int = 0
    ended: list[OrderRow] = field(default_factory=list)
    lane: Lane = field(init=False)

    def __post_init__(self) -> None:
        self.lane = self.claim.lane

    def venue(self) -> Venue | None:
        """The lane's account. An order in flight stays with the key that it was sent with, whatever is called how."""
        if (send := self._in_flight_send()) and send.key_mark:
            return self.surroundings.venue_of_key(send.key_mark)
        return self.surroundings.venue(self.lane.account)

    def market(self) -> Market | None:
        """The lane's contract; None while it is not the one that the order in flight was sent for."""
        market, send = self.surroundings.market(self.lane.symbol), self._in_flight_send()
        return None if market and send and not same_contract(market, send) else market

    def _in_flight_send(self) -> SendRow | None:
        return self.in_flight.sends[-1] if self.in_flight and self.in_flight.sends else None

    def key_in_use(self) -> KeyInUse | None:
        """The order in flight at the lane's account under another name of it: it may change the position until now."""
        venue = self.venue()
        other = self.ledger.key_in_use(venue.key_mark, self.lane.symbol) if venue else None
        if other:
            self.nothing_since = time.monotonic()
        return other

    def brakes(self) -> Brakes | None:
        return self.surroundings.brakes(self.lane.symbol)

    def is_previous(self, read: PositionRead) -> bool:
        """Whether a position may be the one from before the lane's last order: what counts is when it was asked for."""
        previous = self.previous
        return previous is not None and previous.position == read.position and read.asked < previous.until

    def guard_over(self, leg: Leg | None) -> timedelta:
        """How long nothing is to build up this leg: a request that may still run would close what is built up."""
        until = self.guarded.get(leg, 0.0) if leg else 0.0
        return timedelta(seconds=max(0.0, until - time.monotonic()))

    def unguard(self, order: OrderRow) -> None:
        """The order's last request has run, so it cannot run again. An earlier one may."""
        if self.guarded and self.guarded_for == order.sends[-1].client_order_id:
            self.ledger.guard(self.claim, dict.fromkeys(self.guarded, timedelta(0)))
            self.guarded.clear()

    def arrange(self, orders: Sequence[OrderRow], now: datetime) -> Arrangement:
        """What to do with queued orders. `now` is the ledger's clock."""
        ahead = self._wall_ahead()
        waiting = [Waiting(order.id, order.intent, order.deadline, order.signal.shifted(ahead)) for order in orders]
        return arrange(waiting, now, self.last_signal and self.last_signal.shifted(ahead))

    def unfinished(self) -> tuple[OrderRow, ...]:
        """The lane's unfinished orders now, oldest first."""
        return self.ledger.refresh(self.claim)

    def found_in_flight(self, order: OrderRow | None) -> None:
        """Another process has sent it: this one's clocks begin now."""
        self.in_flight = order
        self.signed_at = self.accepted_at = time.monotonic()
        self.fell_short, self.record_ended, self.told = True, None, Told()

    def forget(self) -> None:
        """After a mistake: what counts is what the ledger says. An order whose request is forgotten was not sent by
        us, but that is not certain: it is in doubt.
        """
        self.in_flight = self.proposal = self.answered = self.refusal = None

    def release(self) -> None:
        """Let the lane go, unless it has something to do."""
        self.released = self.ledger.release_lane(self.claim)

    def departure(self, proposal: Proposal) -> Departure:
        position = proposal.inputs.read.position
        return Departure(self.claim, proposal.send, position, proposal.action.plan, str(proposal.action))

    def mark_sent(self, order: OrderRow, proposal: Proposal) -> Halt | KeyInUse | None:
        """None, or what stops it."""
        now = self.now()
        stopped = self.ledger.mark_sent(self.departure(proposal), order.id, now)
        if stopped is None:
            self.has_sent(order, proposal, now)
        return stopped

    def has_sent(self, order: OrderRow, proposal: Proposal, at: datetime) -> None:
        """The ledger holds it as sent; what is left is to send it."""
        send, self.proposal = proposal.send, proposal
        self.signed_at, self.record_ended, self.told = proposal.since, None, Told()
        facts = (send.attempt, send.client_order_id, send.operation, send.request, send.signed_at)
        row = SendRow(*facts, at, None, None, key_mark=send.key_mark)
        self._now_is(
            order,
            State.SENT,
            at,
            sends=(*order.sends, row),
            attempt=send.attempt,
            position_before=proposal.inputs.read.position,
            plan=proposal.action.plan,
            decided=str(proposal.action),
        )

    def mark_accepted(self, order: OrderRow, exchange_order_id: str) -> None:
        """In memory: mostly the order's end follows within a second, and is written down together with this."""
        self.touched()
        self.accepted_at, self.fell_short = self.nothing_since, False
        self.answered = Answered(self.now(), exchange_order_id)
        last = replace(order.sends[-1], exchange_order_id=exchange_order_id or None)
        self._now_is(order, State.ACCEPTED, self.answered.at, sends=(*order.sends[:-1], last))
        self._tell("order accepted", order, decided=order.decided or "", exchange_order_id=exchange_order_id)

    def mark_refused(self, order: OrderRow, words: str, may_run: timedelta) -> None:
        """In memory: it may yet turn out that something has run."""
        self.touched()
        self.refusal = Refusal(words, self.nothing_since, may_run)
        self._warn("order refused", order, reason=words)

    def write_down(self) -> None:
        """Let the ledger have what until now only this process knows."""
        order, refusal, answered = self.in_flight, self.refusal, self.answered  # a lane's thread may be at work yet
        if order and refusal:
            reason = f"{refusal.words}; whether anything has run is not known yet"
            self.mark_in_doubt(order, Doubt(reason, answered=True, may_run=refusal.may_run))
        elif order and answered:
            self.ledger.mark_accepted(self.claim, order.id, answered.at, answered.exchange_order_id)
        self.answered = None

    def mark_in_doubt(self, order: OrderRow, doubt: Doubt) -> None:
        self.touched()
        now = self.now()
        self.ledger.mark_in_doubt(self.claim, order.id, now, doubt)
        self.refusal = None
        self.told = Told()
        last = replace(order.sends[-1], outcome="in_doubt", answered=doubt.answered)
        if doubt.guarded:
            others = any(self.guard_over(leg) for leg in self.guarded)
            self.guarded_for = "" if others else last.client_order_id
        self.guarded |= {leg: time.monotonic() + left.total_seconds() for leg, left in doubt.guarded.items()}
        self._now_is(order, State.IN_DOUBT, now, reason=doubt.reason, sends=(*order.sends[:-1], last))
        until = (now + doubt.may_run).isoformat(timespec="seconds")
        self._warn("order in doubt", order, reason=doubt.reason, may_run_until=until)

    def explain(self, order: OrderRow, awaits: str, pause: timedelta, may_run: timedelta | None = None) -> timedelta:
        """Say why an order at the exchange has no end yet, once and then rarely. Returns `pause`."""
        now = time.monotonic()
        changed = awaits != self.told.awaits
        if now - self.told.written > (WRITE_AGAIN_SECONDS if changed else TELL_AGAIN_SECONDS):
            # The heartbeat tells of a ledger that is away. What is known of the order must not be lost by that.
            with suppress(LedgerUnavailable):
                self.ledger.note_awaits(self.claim, order.id, awaits, may_run)
            self.in_flight = replace(order, awaits=awaits)
            logged = now - self.told.logged > (LOG_AGAIN_SECONDS if changed else TELL_AGAIN_SECONDS)
            if logged:
                self._warn(f"order still {order.state}", order, awaits=awaits)
            self.told = Told(awaits, now, now if logged else self.told.logged)
        return pause

    def requeue(self, order: OrderRow, reason: str, pause: timedelta = timedelta(0)) -> None:
        self.touched()
        self.ledger.requeue(self.claim, order.id, self.now(), reason, pause)
        self.in_flight = None
        self._warn("order queued again", order, reason=reason)

    def delay(self, order: OrderRow, reason: str, retry_after: timedelta | None = None) -> timedelta:
        """Leave a queued order where it is, and say for how long. `retry_after` is known where it waits for its turn to
        ask the exchange, or for a guard to end; a short one is not worth a write.
        """
        if retry_after is not None and retry_after <= SHORT_WAIT:
            return retry_after
        self.failures += 1
        pause = retry_after or before_next_try(self.failures)
        self.ledger.delay(self.claim, order.id, pause, reason)
        self._warn("order waits", order, reason=reason)
        return pause

    def settle(
        self,
        order: OrderRow,
        state: State,
        reason: str = "",
        *,
        position_before: Position | None = None,
        position_after: Position | None = None,
        decided: str | None = None,
        ran_from: Position | None = None,
    ) -> None:
        """End an order, and let the lane go if it was the last. `ran_from` is what was held before one that ran."""
        if order.state in (State.SENT, State.IN_DOUBT) or state is State.INCOMPLETE:
            self.touched()  # else a read has shown its effect, or there was none
        if waits_behind := self.in_flight is not None and self.in_flight.id != order.id:
            answered = None
        else:
            answered, self.looks, self.failures = self.answered, 0, 0
        last_signal = self._last_signal_after(order) if state in HAD_ITS_SAY else self.last_signal
        self.released = self.ledger.settle(
            self.claim,
            order.id,
            state,
            self.now(),
            reason,
            position_before=position_before,
            position_after=position_after,
            decided=decided,
            answered=answered,
            ran_from=ran_from,
            last_signal=last_signal,
        )
        if not waits_behind:
            self.in_flight = self.answered = self.refusal = None
        self.first_looks.pop(order.id, None)
        self.last_signal = last_signal
        tell = self._warn if state in LOUD else self._tell
        tell(f"order {state}", order, **({"reason": reason} if reason else {}))
        self.ended.append(order)

    def first_look(self, order: OrderRow) -> float:
        """When this process first looked at a queued order (time.monotonic()): after its alert came."""
        return self.first_looks.setdefault(order.id, time.monotonic())

    def found_nothing(self, order: OrderRow) -> int:
        """How often the exchange has found nothing to close for this order."""
        self.nothing_found[order.id] += 1
        return self.nothing_found[order.id]

    def ended_by_hand(self, order: OrderRow) -> None:
        """A person has ended it in the ledger."""
        self.touched()
        self.in_flight = self.answered = self.refusal = None
        self._warn("order ended by hand", order)
        self.ended.append(order)

    def look_again(self) -> timedelta:
        self.looks += 1
        return before_next_look(self.looks)

    def touched(self) -> None:
        """An order of ours may have changed the position until now: older reads are worth nothing."""
        self.nothing_since = time.monotonic()
        self.looks = self.failures = 0

    def halt(self, author: str, reason: str, lasts: timedelta) -> None:
        self.ledger.halt(HaltScope(self.lane.account, self.lane.symbol), author, reason, self.now(), lasts)
        log.error("halted", account=self.lane.account, symbol=self.lane.symbol, author=author, reason=reason)

    def _last_signal_after(self, order: OrderRow) -> Signal:
        """The newest that has had its say, once this order's has."""
        mine, last, ahead = order.signal, self.last_signal, self._wall_ahead()
        return mine if last is None or compare(mine.shifted(ahead), last.shifted(ahead)) >= 0 else last

    def _wall_ahead(self) -> timedelta:
        """By how much the wall clock, which senders' times are on, is ahead of the ledger's, which arrivals are on.

        Asked once for each comparison: so a step of the wall clock between two arrivals does not change their order.
        """
        ledger_now = self.ledger.now()  # first: an interruption here must not make signals seem ahead of their arrival
        return self.now() - ledger_now

    def _now_is(self, order: OrderRow, state: State, at: datetime, **facts: Any) -> None:
        self.in_flight = replace(order, state=state, updated_at=at, **facts)

    def _tell(self, event: str, order: OrderRow, **facts: str) -> None:
        log.info(event, **self._facts(order), **facts)

    def _warn(self, event: str, order: OrderRow, **facts: str) -> None:
        log.warning(event, **self._facts(order), **facts)

    def _facts(self, order: OrderRow) -> dict[str, str]:
        sent = {"client_order_id": order.sends[-1].client_order_id} if order.sends else {}
        return {"receipt": order.receipt, "account": self.lane.account, "symbol": self.lane.symbol} | sent


SHORT_WAIT = timedelta(seconds=1)
LOUD = frozenset({State.INCOMPLETE, State.REJECTED, State.DENIED, State.EXPIRED, State.ENDED})
