"""Limit orders that rest in an account, such as a grid bot's. They never fill by themselves."""

from decimal import Decimal
from itertools import count

from executor.simulator.market import HEDGE, LONG, Account
from executor.simulator.orders import LIVE, PARTIALLY_FILLED, Order

_NUMBERS = count(1)


def rest(mine: Account, symbol: str, number: int, filled: Decimal, now_ms: int) -> list[Order]:
    """Add `number` orders of the smallest size, each at a lower price; `filled` is the part of each that has run."""
    contract = mine.rules.contract(symbol)
    if not 0 <= filled < contract.minimum:
        raise ValueError(f"filled: {filled:f} is not below the size of each order, {contract.minimum:f}")
    return [
        mine.book.add(
            Order(
                contract.symbol,
                "buy",
                "open" if mine.mode == HEDGE else "",
                size=contract.minimum,
                filled=filled,
                client_id=f"grid-{next(_NUMBERS)}",
                pos_side=LONG if mine.mode == HEDGE else "net",
                price=contract.price * (1000 - step % 1000) / 1000,
                source="normal",
                mode=mine.mode,
                created_ms=now_ms,
                updated_ms=now_ms,
                state=PARTIALLY_FILLED if filled else LIVE,
                order_type="limit",
                product=contract.product,
                coin=contract.coin,
            )
        )
        for step in range(number)
    ]


def cancel_resting(mine: Account, now_ms: int) -> None:
    for order in tuple(mine.book.pending.values()):
        if order.order_type == "limit":
            mine.book.cancel(order, now_ms)
