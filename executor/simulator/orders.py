"""The orders an account has placed, each filled at once, and the fills that explain them."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Self

_IDS = count(1_000_000_000_000_000_001)


@dataclass(frozen=True)
class Order:
    """A request while it is carried out, and its record afterwards. Sizes in base coin."""

    symbol: str
    side: str
    trade_side: str = ""
    size: Decimal | None = None
    client_id: str = ""
    reduce_only: bool = False
    order_id: str = ""
    pos_side: str = ""
    price: Decimal = Decimal(0)
    source: str = "market"
    mode: str = ""
    created_ms: int = 0

    @classmethod
    def market(cls, symbol: str, side: str) -> Self:
        return cls(symbol.upper(), side)


@dataclass
class OrderBook:
    """Newest last. clientOid is unique among pending orders only, and none stays pending: it can be used twice."""

    orders: list[Order] = field(default_factory=list)

    def add(self, order: Order) -> Order:
        order_id = str(next(_IDS))
        done = replace(order, order_id=order_id, client_id=order.client_id or order_id)
        self.orders.append(done)
        return done

    def rename(self, order: Order, client_id: str) -> None:
        """Give an order another clientOid; empty: its own id."""
        place = self.orders.index(order)
        self.orders[place] = replace(order, client_id=client_id or order.order_id)

    def find(self, order_id: str | None, client_id: str | None) -> Order | None:
        return next(
            (
                order
                for order in reversed(self.orders)
                if (order_id and order.order_id == order_id) or (client_id and order.client_id == client_id)
            ),
            None,
        )


def detail_row(order: Order) -> dict[str, str]:
    """Source: Bitget, GET /api/v2/mix/order/detail. The key is `state` here and `status` in lists."""
    size = f"{order.size or 0:f}"
    return {
        "symbol": order.symbol,
        "size": size,
        "orderId": order.order_id,
        "clientOid": order.client_id,
        "baseVolume": size,
        "priceAvg": f"{order.price:f}",
        "fee": "0",
        "price": "",
        "state": "filled",
        "side": order.side,
        "force": "gtc",
        "totalProfits": "0",
        "posSide": order.pos_side,
        "marginCoin": "USDT",
        "quoteVolume": f"{(order.size or 0) * order.price:f}",
        "orderType": "market",
        "leverage": "10",
        "marginMode": "crossed",
        "reduceOnly": "YES" if order.reduce_only else "NO",
        "tradeSide": order.trade_side,
        "posMode": order.mode,
        "orderSource": order.source,
        "cTime": str(order.created_ms),
        "uTime": str(order.created_ms),
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
        "baseVolume": f"{order.size or 0:f}",
        "feeDetail": [{"deduction": "no", "feeCoin": "USDT", "totalDeductionFee": "0", "totalFee": "0"}],
        "side": order.side,
        "quoteVolume": f"{(order.size or 0) * order.price:f}",
        "profit": "0",
        "enterPointSource": "api",
        "tradeSide": order.trade_side,
        "posMode": order.mode,
        "tradeScope": "taker",
        "cTime": str(order.created_ms),
    }
