"""The orders an account has placed, their states, and the fills that explain the position."""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Optional, Self

_IDS = count(1_000_000_000_000_000_001)
ZERO = Decimal(0)
LIVE, PARTIALLY_FILLED, FILLED, CANCELED = "live", "partially_filled", "filled", "canceled"
PENDING = (LIVE, PARTIALLY_FILLED)


@dataclass(frozen=True)
class Order:
    """A request while it is carried out, and its record afterwards. Sizes in base coin.

    `earlier` is the record before its last change, for reads that show the past.
    """

    symbol: str
    side: str
    trade_side: str = ""
    size: Decimal | None = None
    client_id: str = ""
    reduce_only: bool = False
    order_id: str = ""
    pos_side: str = ""
    price: Decimal = ZERO  # what it was filled at; of a limit order that rests, its limit
    source: str = "market"
    mode: str = ""
    created_ms: int = 0
    updated_ms: int = 0
    state: str = FILLED
    filled: Decimal = ZERO
    order_type: str = "market"
    product: str = "USDT-FUTURES"
    coin: str = "USDT"  # of its margin
    entered_by: str = "API"
    earlier: Optional["Order"] = None

    @classmethod
    def market(cls, symbol: str, side: str) -> Self:
        return cls(symbol.upper(), side)

    @property
    def pending(self) -> bool:
        return self.state in PENDING

    def as_of(self, then_ms: int) -> Optional["Order"]:
        """The record as it was at that moment; None if there was none yet."""
        record: Order | None = self
        while record and record.updated_ms > then_ms:
            record = record.earlier
        return record


@dataclass
class OrderBook:
    """Newest last. clientOid is unique among pending orders only: a market order's can be used twice."""

    orders: list[Order] = field(default_factory=list)
    pending: dict[str, Order] = field(default_factory=dict)

    def add(self, order: Order) -> Order:
        order_id = order.order_id or str(next(_IDS))
        done = replace(order, order_id=order_id, client_id=order.client_id or order_id)
        insort(self.orders, done, key=_number)
        if done.pending:
            self.pending[order_id] = done
        return done

    def rename(self, order: Order, client_id: str) -> None:
        """Give an order another clientOid; empty: its own id."""
        place = self.orders.index(order)
        self.orders[place] = replace(order, client_id=client_id or order.order_id)

    def remove(self, order: Order) -> None:
        self.orders.remove(order)
        self.pending.pop(order.order_id, None)

    def cancel(self, order: Order, now_ms: int) -> Order:
        """End a pending order."""
        self.remove(order)
        return self.add(replace(order, state=CANCELED, updated_ms=now_ms, earlier=order))

    def take_over(self, order: Order, ran: Order) -> Order:
        """Let a pending order be what ran, under its own name."""
        self.remove(order)
        self.remove(ran)
        return self.add(
            replace(
                ran,
                order_id=order.order_id,
                client_id=order.client_id,
                created_ms=order.created_ms,
                earlier=order,
            )
        )

    def holds(self, client_id: str) -> bool:
        """Whether a pending order has this clientOid."""
        return any(order.client_id == client_id for order in self.pending.values())

    def seen(self, then_ms: int | None = None, *, pending: bool = False) -> Iterator[Order]:
        """The orders that were (not) pending at that moment, newest first; without a moment, as they are now."""
        orders: Iterable[Order] = reversed(self.pending.values() if pending and then_ms is None else self.orders)
        for order in orders:
            record = order if then_ms is None else order.as_of(then_ms)
            if record and record.pending is pending:
                yield record

    def find(self, order_id: str | None, client_id: str | None, then_ms: int | None = None) -> Order | None:
        """The newest one by orderId, or without that by clientOid."""
        for order in reversed(self.orders):
            if (order.order_id == order_id) if order_id else (client_id and order.client_id == client_id):
                record = order if then_ms is None else order.as_of(then_ms)
                if record:
                    return record
        return None


def _number(order: Order) -> int:
    return int(order.order_id)


def detail_row(order: Order) -> dict[str, str]:
    """Source: Bitget, GET /api/v2/mix/order/detail. The key is `state` here and `status` in lists."""
    return {
        "symbol": order.symbol,
        "size": f"{order.size or 0:f}",
        "orderId": order.order_id,
        "clientOid": order.client_id,
        "baseVolume": f"{order.filled:f}",
        "priceAvg": f"{order.price:f}" if order.filled else "",
        "fee": "0",
        "price": f"{order.price:f}" if order.order_type == "limit" else "",
        "state": order.state,
        "side": order.side,
        "force": "gtc",
        "totalProfits": "0",
        "posSide": order.pos_side,
        "marginCoin": order.coin,
        "quoteVolume": f"{order.filled * order.price:f}",
        "orderType": order.order_type,
        "leverage": "10",
        "marginMode": "crossed",
        "reduceOnly": "YES" if order.reduce_only else "NO",
        "enterPointSource": order.entered_by,
        "tradeSide": order.trade_side,
        "posMode": order.mode,
        "orderSource": order.source,
        "cTime": str(order.created_ms),
        "uTime": str(order.updated_ms),
    }


def list_row(order: Order) -> dict[str, str]:
    row = detail_row(order)
    return {"status": row.pop("state")} | row


def fill_row(order: Order) -> dict[str, object]:
    """Source: Bitget, GET /api/v2/mix/order/fills. The side is the position's: buy closes a long."""
    return {
        "tradeId": order.order_id,
        "symbol": order.symbol,
        "orderId": order.order_id,
        "price": f"{order.price:f}",
        "baseVolume": f"{order.filled:f}",
        "feeDetail": [{"deduction": "no", "feeCoin": order.coin, "totalDeductionFee": "0", "totalFee": "0"}],
        "side": order.side,
        "quoteVolume": f"{order.filled * order.price:f}",
        "profit": "0",
        "enterPointSource": order.entered_by.lower(),
        "tradeSide": order.trade_side,
        "posMode": order.mode,
        "tradeScope": "taker",
        "cTime": str(order.updated_ms),
    }
