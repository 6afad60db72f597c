"""One request that the exchange has let in: what running it does, at once or later, and what the journal says of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Response

from executor.simulator.authorization import check_age
from executor.simulator.envelope import envelope
from executor.simulator.exchange import Exchange
from executor.simulator.market import Account
from executor.simulator.orders import LIVE, ZERO, Order
from executor.simulator.refusal import RequestRefused

Answer = Callable[..., Any]
Entry = dict[str, Any]


@dataclass(frozen=True)
class Public:
    """A request that needs no key."""

    exchange: Exchange
    ask: Any
    answer: Answer

    def run(self, lag_ms: int = 0) -> Response:
        moment = self.exchange.moment(lag_ms)
        try:
            return envelope(self.answer(moment, self.ask), moment.now_ms)
        except RequestRefused as refused:
            return envelope(refused, moment.now_ms)


@dataclass(frozen=True)
class Private:
    """A signed request of an account. `entry` is a POST's entry in the journal."""

    exchange: Exchange
    mine: Account
    ask: Any
    answer: Answer
    timestamp: str
    entry: Entry | None = None

    def run(self, lag_ms: int = 0) -> Response:
        """Unless the signature is too old by now."""
        return self._carry_out(lag_ms, checked=True)

    def run_unchecked(self) -> Response:
        """However old the signature is by now."""
        return self._carry_out(checked=False)

    def accept(self, ms: int, *, runs: bool) -> Response:
        """Answer as if it had run, show its orders as live, and run or cancel them later."""
        with self.exchange.lock:
            moment, trial = self.exchange.moment(), self.mine.trial()
            try:
                check_age(self.exchange, self.timestamp)
                found = self.answer(moment, trial, self.ask)
            except RequestRefused as refused:
                self._note_end(refused=refused.code)
                return envelope(refused, moment.now_ms)
            live = [self.mine.book.add(_as_live(order)) for order in _named(trial, found)]
            self.exchange.later.after(ms, lambda: self._run_live(live) if runs else self._cancel(live))
            return envelope(found, moment.now_ms)

    def _carry_out(self, lag_ms: int = 0, *, checked: bool) -> Response:
        with self.exchange.lock:
            moment, mine = self.exchange.moment(lag_ms), self.mine
            symbol = str(self.ask.get("symbol", "")).upper()
            before = mine.sizes(symbol)
            try:
                if checked:
                    check_age(self.exchange, self.timestamp)
                found = self.answer(moment, mine, self.ask)
            except RequestRefused as refused:
                self._note_end(refused=refused.code)
                if mine.sizes(symbol) != before:
                    self._note_run(before, mine.sizes(symbol))
                return envelope(refused, moment.now_ms)
            self._note_run(before, mine.sizes(symbol))
            return envelope(found, moment.now_ms)

    def _run_live(self, live: list[Order]) -> None:
        """The orders that come of it take the place of those that were shown; what cannot run is canceled."""
        book = self.mine.book
        for order in live:
            book.remove(order)
        answer = self.run_unchecked()
        ran = _named(self.mine, (answer.get_json() or {}).get("data"))
        for order in live:
            book.add(order)
            same = [new for new in ran if len(live) == 1 or new.side == order.side]
            if same:
                book.take_over(order, same[0])
            else:
                book.cancel(order, self.exchange.now_ms())

    def _cancel(self, live: list[Order]) -> None:
        self._note_end(canceled=True)
        for order in live:
            self.mine.book.cancel(order, self.exchange.now_ms())

    def _note_run(self, before: Any, after: Any) -> None:
        self._note_end(executed=True, executed_at=time.time(), before=before, after=after)

    def _note_end(self, **facts: Any) -> None:
        """From now on the request can do nothing more."""
        if self.entry is not None:
            self.entry.update(facts, ended_at=time.time())


def _named(mine: Account, found: Any) -> list[Order]:
    """The account's orders that an answer names."""
    rows = found.get("successList", [found]) if isinstance(found, dict) else []
    orders = (mine.book.find(row.get("orderId"), None) for row in rows)
    return [order for order in orders if order]


def _as_live(order: Order) -> Order:
    return replace(order, state=LIVE, filled=ZERO)
