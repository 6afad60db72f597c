"""An account's positions and what orders do to them, as Bitget documents it. Pure: now is an argument.

A reversal is a market close followed by a market open, not one step: either may fail, and both leave an order.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from executor.simulator.orders import ZERO, Order, OrderBook
from executor.simulator.refusal import RequestRefused
from executor.simulator.settings import AccountSettings, Settings

HEDGE, ONE_WAY = "hedge_mode", "one_way_mode"
LONG, SHORT = "long", "short"
OTHER = {LONG: SHORT, SHORT: LONG}
LEVERAGE = Decimal(10)
MOST_CHANGES = 100_000
Leg = tuple[str, str]  # symbol and side


@dataclass(frozen=True)
class Holding:
    """One leg: its size in base coin and its average price."""

    size: Decimal
    average: Decimal


@dataclass
class Account:
    """What one key trades with."""

    settings: AccountSettings
    rules: Settings
    mode: str
    balance: Decimal
    legs: dict[Leg, Holding] = field(default_factory=dict)
    book: OrderBook = field(default_factory=OrderBook)
    changes: deque[tuple[int, Leg, Holding | None]] = field(default_factory=lambda: deque(maxlen=MOST_CHANGES))
    close_done_open_fails: bool = False
    margin_factor: Decimal = Decimal(1)

    @classmethod
    def opened(cls, settings: AccountSettings, rules: Settings) -> "Account":
        account = cls(settings, rules, settings.mode, settings.balance)
        for (symbol, side), size in settings.positions.items():
            account.put(symbol, side, size)
        return account

    def trial(self) -> "Account":
        """A copy to try an order on."""
        book = OrderBook(list(self.book.orders), dict(self.book.pending))
        return replace(self, legs=dict(self.legs), book=book, changes=deque())

    def put(self, symbol: str, side: str, size: Decimal) -> None:
        """Set a leg, without an order: the scene at the start."""
        if size:
            self.legs[symbol, side] = Holding(size, self.rules.contract(symbol).price)
        else:
            self.legs.pop((symbol, side), None)

    def size(self, symbol: str, side: str) -> Decimal:
        held = self.legs.get((symbol, side))
        return held.size if held else ZERO

    def sizes(self, symbol: str) -> dict[str, str]:
        return {side: f"{self.size(symbol, side):f}" for side in (LONG, SHORT) if self.size(symbol, side)}

    def available(self, coin: str) -> Decimal:
        """Margin in this coin that is not bound by positions."""
        held = [(self.rules.contract(symbol), holding) for (symbol, _), holding in self.legs.items()]
        bound = (contract.value(each.size, each.average) for contract, each in held if contract.coin == coin)
        return max(ZERO, self.balance * self.margin_factor - sum(bound, ZERO) / LEVERAGE)

    def legs_seen(self, then_ms: int) -> dict[Leg, Holding]:
        """The legs as they were at that moment."""
        legs = dict(self.legs)
        for at, leg, held in reversed(self.changes):
            if at <= then_ms:
                break
            if held:
                legs[leg] = held
            else:
                legs.pop(leg, None)
        return legs

    # Orders

    def reverse(self, order: Order, now_ms: int) -> Order:
        """POST /api/v2/mix/order/click-backhand. Returns the order whose ids the answer names."""
        self._check_unique(order)
        leg = self._leg_to_reverse(order)
        held = self.size(order.symbol, leg)
        if not held:
            raise RequestRefused(self.rules.nothing_to_reverse_code, "No position to close")
        size = self._reversed_size(order, held)
        closing = self._trade(order, leg, -size, now_ms, "close", source="reverse")
        if self.close_done_open_fails:
            if self.rules.failed_open_code:
                raise RequestRefused(self.rules.failed_open_code, "open failed")
            return closing
        wanted = self._affordable(order.symbol, size)
        opening = self._trade(order, OTHER[leg], wanted, now_ms, "open", source="reverse") if wanted else closing
        named, other = (opening, closing) if self.rules.reversal_names == "open" else (closing, opening)
        if other is not named:
            self.book.rename(other, "")
        return named

    def place(self, order: Order, now_ms: int) -> Order:
        """POST /api/v2/mix/order/place-order, market orders."""
        self._check_unique(order)
        if order.size is None or order.size < self.rules.contract(order.symbol).minimum:
            raise RequestRefused("45110", "less than the minimum amount")
        side, closing = self._placed_leg(order)
        if closing:
            held = self.size(order.symbol, side)
            if not held:
                raise RequestRefused("22002", "No position to close")
            return self._trade(order, side, -min(order.size, held), now_ms, "close")
        if self._affordable(order.symbol, order.size) < order.size:
            raise RequestRefused("40762", "The order amount exceeds the balance")
        if self.mode == ONE_WAY:
            return self._net(order, side, now_ms)
        return self._trade(order, side, order.size, now_ms, "open")

    def close(self, symbol: str, hold_side: str | None, now_ms: int) -> list[Order]:
        """POST /api/v2/mix/order/close-positions: one leg, or (without holdSide) all of them."""
        sides = [hold_side] if hold_side in OTHER and self.mode == HEDGE else [LONG, SHORT]
        return [
            self._trade(Order.market(symbol, ""), side, -self.size(symbol, side), now_ms, "close")
            for side in sides
            if self.size(symbol, side)
        ]

    def move(self, symbol: str, sizes: Mapping[str, Decimal], now_ms: int, source: str = "market") -> None:
        """Set legs as a trader in the app would: what changes leaves orders that no client has placed."""
        if self.mode == ONE_WAY:
            sizes = dict.fromkeys(OTHER, ZERO) | dict(sizes)
        by_hand = Order(self.rules.contract(symbol).symbol, "", entered_by="IOS")
        changes = {side: size - self.size(symbol, side) for side, size in sizes.items()}
        for side in sorted(sizes, key=changes.__getitem__):
            if changes[side]:
                trade_side = "close" if changes[side] < 0 else "open"
                self._trade(by_hand, side, changes[side], now_ms, trade_side, source)

    def _check_unique(self, order: Order) -> None:
        if order.client_id and self.book.holds(order.client_id):
            raise RequestRefused("40786", "Duplicate clientOid")

    def _leg_to_reverse(self, order: Order) -> str:
        if self.mode == HEDGE:
            if not order.trade_side or not self._takes(order.trade_side) or order.side not in ("buy", "sell"):
                raise _wrong_mode()
            return LONG if order.side == "buy" else SHORT
        if order.trade_side:
            raise _wrong_mode()
        if self.rules.one_way_side_required and not order.side:
            raise RequestRefused("40017", "Parameter side cannot be empty")
        leg = LONG if self.size(order.symbol, LONG) else SHORT
        turned_by = {"order": {LONG: "sell", SHORT: "buy"}, "position": {LONG: "buy", SHORT: "sell"}}
        means = self.rules.one_way_side_means
        if means and order.side and order.side != turned_by[means][leg]:
            raise RequestRefused(self.rules.nothing_to_reverse_code, "No position to close")
        return leg

    def _takes(self, trade_side: str) -> bool:
        taken = self.rules.reversal_trade_sides
        if self.rules.trade_side_case_matters:
            return trade_side in taken
        return trade_side.lower() in {word.lower() for word in taken}

    def _reversed_size(self, order: Order, held: Decimal) -> Decimal:
        if self.mode == ONE_WAY and not self.rules.one_way_size_counts:
            return held
        if order.size is None:
            if self.mode == HEDGE:
                raise RequestRefused("40017", "Parameter size cannot be empty")
            return held
        if order.size < self.rules.contract(order.symbol).minimum:
            raise RequestRefused("45110", "less than the minimum amount")
        return min(order.size, held)

    def _placed_leg(self, order: Order) -> tuple[str, bool]:
        """Which leg a market order addresses, and whether it closes. The side is the position's: buy closes a long."""
        if order.side not in ("buy", "sell"):
            raise RequestRefused("40017", "Parameter side error")
        if self.mode == HEDGE:
            trade_side = order.trade_side.lower()
            if trade_side not in ("open", "close"):
                raise _wrong_mode()
            return (LONG if order.side == "buy" else SHORT), trade_side == "close"
        if order.trade_side:
            raise _wrong_mode()
        if order.reduce_only:
            return (SHORT if order.side == "buy" else LONG), True
        return (LONG if order.side == "buy" else SHORT), False

    def _net(self, order: Order, side: str, now_ms: int) -> Order:
        """A one-way order first reduces what is held against it."""
        against = min(self.size(order.symbol, OTHER[side]), order.size or ZERO)
        if against:
            closed = self._trade(order, OTHER[side], -against, now_ms, "close")
            if against == order.size:
                return closed
        return self._trade(order, side, (order.size or ZERO) - against, now_ms, "open")

    def _affordable(self, symbol: str, size: Decimal) -> Decimal:
        """The largest part of `size` that the free margin opens."""
        contract = self.rules.contract(symbol)
        most = self.available(contract.coin) * LEVERAGE / contract.value(Decimal(1), contract.price)
        return min(size, most // contract.step * contract.step)

    def _trade(
        self, order: Order, side: str, change: Decimal, now_ms: int, trade_side: str, source: str = "market"
    ) -> Order:
        self.changes.append((now_ms, (order.symbol, side), self.legs.get((order.symbol, side))))
        self.put(order.symbol, side, self.size(order.symbol, side) + change)
        contract = self.rules.contract(order.symbol)
        done = replace(
            order,
            product=contract.product,
            coin=contract.coin,
            side="buy" if side == LONG else "sell",
            pos_side=side if self.mode == HEDGE else "net",
            trade_side=trade_side,
            size=abs(change),
            filled=abs(change),
            price=contract.price,
            source=source,
            mode=self.mode,
            created_ms=now_ms,
            updated_ms=now_ms,
        )
        return self.book.add(done)


def _wrong_mode() -> RequestRefused:
    return RequestRefused("40774", "The order type for unilateral position must also be the unilateral position type.")
