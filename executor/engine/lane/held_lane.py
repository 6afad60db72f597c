"""A lane while this process holds it: the claim, the order in flight, and every change that is written down."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from executor.config import Brakes
from executor.core.contract import Market
from executor.core.order import State
from executor.core.position import Position
from executor.core.precedence import Arrangement
from executor.engine.accounts.account import Account, same_contract
from executor.engine.accounts.accounts import Accounts
from executor.engine.lane.backoff import before_next_look, before_next_try
from executor.engine.lane.guards import Guards
from executor.engine.lane.in_flight import InFlight, Refusal
from executor.engine.lane.last_use import LastUse
from executor.engine.lane.order_log import log_end, log_info, log_warning
from executor.engine.lane.proposal import Proposal
from executor.engine.lane.signals import Signals
from executor.engine.timings import Timings
from executor.ledger import Claim, Doubt, Halt, KeyInUse, Ledger, LedgerUnavailable, OrderEnd, OrderRow, SendRow

SHORT_WAIT = timedelta(seconds=1)


class HeldLane:
    """One claimed lane. `now` is the wall clock; `nothing_since` (time.monotonic()): since then none of our orders
    has changed its position.
    """

    def __init__(
        self,
        claim: Claim,
        last: LastUse,
        ledger: Ledger,
        accounts: Accounts,
        now: Callable[[], datetime],
        timings: Timings,
    ) -> None:
        self.claim, self.lane, self.ledger, self.timings = claim, claim.lane, ledger, timings
        self._accounts, self.now = accounts, now
        self.signals = Signals(ledger, now)
        self.nothing_since, self.previous = last.nothing_since, last.previous
        self.last_signal = claim.last_signal
        self.guards = Guards(last.guarded)
        self.in_flight: InFlight | None = None
        self.ended: list[OrderRow] = []
        self.released = False
        self.failures = self._looks = 0
        self._first_looks: dict[str, float] = {}  # by order id, as nothing_found
        self._nothing_found: Counter[str] = Counter()

    @property
    def known(self) -> InFlight:
        """What is known of the order in flight, where there is one."""
        if self.in_flight is None:
            raise AssertionError(f"lane {self.lane} has no order in flight")
        return self.in_flight

    def last_use(self) -> LastUse:
        """For the next claim of the lane by this process."""
        return LastUse(self.claim.fence, self.nothing_since, self.last_signal, self.previous, self.guards.until)

    def account(self) -> Account | None:
        """The lane's account. An order in flight stays with the key that it was sent with, under any name."""
        if (send := self._in_flight_send()) and send.key_mark:
            return self._accounts.with_key(send.key_mark)
        return self._accounts.get(self.lane.account)

    def market(self) -> Market | None:
        """The lane's contract; None while it is not the one that the order in flight was sent for."""
        market, send = self._accounts.market(self.lane.symbol), self._in_flight_send()
        return None if market and send and not same_contract(market, send) else market

    def _in_flight_send(self) -> SendRow | None:
        return self.in_flight.order.sends[-1] if self.in_flight and self.in_flight.order.sends else None

    def brakes(self) -> Brakes | None:
        return self._accounts.brakes(self.lane.symbol)

    def unguard(self, order: OrderRow) -> None:
        """The order's last request has run, so it cannot run again."""
        if free := self.guards.lift(order.sends[-1].client_order_id):
            self.ledger.lanes.guard(self.claim, dict.fromkeys(free, timedelta(0)))

    def arrange(self, orders: Sequence[OrderRow], at: datetime) -> Arrangement:
        """What to do with queued orders. `at` is on the ledger's clock."""
        under_way = self.in_flight.order.signal if self.in_flight else None
        return self.signals.arrange(orders, at, self.last_signal, under_way)

    def unfinished(self) -> tuple[OrderRow, ...]:
        """The lane's unfinished orders now, oldest first."""
        return self.ledger.queries.unfinished_orders(self.claim.lane)

    def found_in_flight(self, order: OrderRow) -> None:
        """Another process has sent it: this one's clocks begin now."""
        now = time.monotonic()
        self.in_flight = InFlight(order, signed_at=now, accepted_at=now, fell_short=True)

    def forget(self) -> None:
        """After an error, what the ledger holds counts. An order whose request is forgotten was not sent by us, but
        that is not certain: it is in doubt.
        """
        self.in_flight = None

    def release(self) -> None:
        """Release the lane, unless it has something to do."""
        self.released = self.ledger.lanes.release(self.claim)

    def mark_sent(self, order: OrderRow, proposal: Proposal) -> Halt | KeyInUse | None:
        """None, or what stops it."""
        now = self.now()
        stopped = self.ledger.orders.mark_sent(proposal.departure(self.claim), order.id, now)
        if stopped is None:
            self.has_sent(order, proposal, now)
        return stopped

    def has_sent(self, order: OrderRow, proposal: Proposal, at: datetime) -> None:
        """The ledger holds it as sent; what is left is to send it."""
        self.in_flight = InFlight(proposal.sent(order, at), proposal.since, proposal)

    def mark_accepted(self, exchange_order_id: str) -> None:
        self.touched()
        order = self.known.order
        self.known.accept(exchange_order_id, self.now(), self.nothing_since)
        log_info("order accepted", order, decided=order.decided or "", exchange_order_id=exchange_order_id)

    def mark_refused(self, words: str, may_run: timedelta) -> None:
        """In memory: something may have run after all."""
        self.touched()
        self.known.refusal = Refusal(words, self.nothing_since, may_run)
        log_warning("order refused", self.known.order, reason=words)

    def write_down(self) -> None:
        """Write to the ledger what until now only this process knows."""
        if (known := self.in_flight) is None:
            return
        if refusal := known.refusal:
            reason = f"{refusal.words}; whether anything has run is not known yet"
            self.mark_in_doubt(Doubt(reason, answered=True, may_run=refusal.may_run))
        elif answered := known.answered:
            self.ledger.orders.mark_accepted(self.claim, known.order.id, answered)
        known.answered = None

    def mark_in_doubt(self, doubt: Doubt) -> None:
        self.touched()
        known, now = self.known, self.now()
        order = known.order
        self.ledger.orders.mark_in_doubt(self.claim, order.id, now, doubt)
        self.guards.add(doubt.guarded, order.sends[-1].client_order_id)
        known.doubt(doubt, now)
        until = (now + doubt.may_run).isoformat(timespec="seconds")
        log_warning("order in doubt", order, reason=doubt.reason, may_run_until=until)

    def explain(self, order: OrderRow, awaits: str, pause: timedelta, may_run: timedelta | None = None) -> timedelta:
        """Say why an order at the exchange has no end yet, once and then rarely. Returns `pause`."""
        known = self.known
        if known.reported.is_worth_writing(awaits):
            # The heartbeat logs a ledger that is away. What is known of the order must not be lost.
            with suppress(LedgerUnavailable):
                self.ledger.orders.set_awaits(self.claim, order.id, awaits, may_run)
            if known.reported.is_worth_logging(awaits):
                log_warning(f"order still {order.state}", order, awaits=awaits)
            known.order, known.reported = replace(order, awaits=awaits), known.reported.then(awaits)
        return pause

    def requeue(self, order: OrderRow, reason: str, pause: timedelta = timedelta(0)) -> None:
        self.touched()
        self.ledger.orders.requeue(self.claim, order.id, self.now(), reason, pause)
        self.in_flight = None
        log_warning("order requeued", order, reason=reason)

    def delay(self, order: OrderRow, reason: str, retry_after: timedelta | None = None) -> timedelta:
        """Leave a queued order where it is, and say for how long. `retry_after` is known where it waits for a rate
        limit or for a guard to end; a short one is not written.
        """
        if retry_after is not None and retry_after <= SHORT_WAIT:
            return retry_after
        self.failures += 1
        pause = retry_after or before_next_try(self.failures)
        self.ledger.orders.delay(self.claim, order.id, pause, reason)
        log_warning("order delayed", order, reason=reason)
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
        """End an order, and release the lane if it was the last. `ran_from` is what was held before it ran."""
        if order.state in (State.SENT, State.IN_DOUBT) or state is State.INCOMPLETE:
            self.touched()  # else a read has shown its effect, or there was none
        known = self.in_flight if self.in_flight and self.in_flight.order.id == order.id else None
        last_signal = self.signals.after(self.last_signal, order, state)
        self.released = self.ledger.orders.settle(
            self.claim,
            order.id,
            OrderEnd(
                state,
                self.now(),
                reason,
                position_before=position_before,
                position_after=position_after,
                decided=decided,
                answered=known.answered if known else None,
                ran_from=ran_from,
                last_signal=last_signal,
            ),
        )
        if known or self.in_flight is None:  # else it has waited behind the one in flight
            self.in_flight, self._looks, self.failures = None, 0, 0
        self._first_looks.pop(order.id, None)
        self.last_signal = last_signal
        log_end(state, order, reason)
        self.ended.append(order)

    def first_look(self, order: OrderRow) -> float:
        """When this process first looked at a queued order (time.monotonic()): after its alert came."""
        return self._first_looks.setdefault(order.id, time.monotonic())

    def found_nothing(self, order: OrderRow) -> int:
        """How often the exchange has found nothing to close for this order."""
        self._nothing_found[order.id] += 1
        return self._nothing_found[order.id]

    def ended_by_hand(self, order: OrderRow) -> None:
        """An operator has ended it in the ledger."""
        self.touched()
        self.in_flight = None
        log_warning("order ended by hand", order)
        self.ended.append(order)

    def look_again(self) -> timedelta:
        self._looks += 1
        return before_next_look(self._looks)

    def touched(self) -> None:
        """One of our orders may have changed the position until now: older reads no longer count."""
        self.nothing_since = time.monotonic()
        self._looks = self.failures = 0
