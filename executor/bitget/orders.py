"""Orders as the exchange remembers them: the evidence for what became of a send.

Sources: Bitget, GET /api/v2/mix/order/detail (`state`), orders-history and orders-pending (`status`).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from executor.bitget.fields import Row, Unclear, listed, moment, optional_number, text, word
from executor.core.position import ZERO

REVERSE = "reverse"  # the orderSource of what click-backhand placed


@dataclass(frozen=True, slots=True)
class OrderTrace:
    """One order in the exchange's words; sizes in base coin. A word it leaves out is empty."""

    client_order_id: str
    order_id: str
    state: str  # live | partially_filled | filled | canceled
    side: str  # buy | sell
    pos_side: str  # long | short | net
    size: Decimal
    filled: Decimal
    created_at: datetime
    source: str


def order_in(row: object, client_order_id: str) -> OrderTrace:
    """The order of order/detail. Raises Unclear, also if it is not the one asked for."""
    if not isinstance(row, dict) or row.get("clientOid") != client_order_id:
        raise Unclear(f"expected the order {client_order_id}, found {str(row)[:80]!r}")
    return _trace(row)


def orders_in(data: object) -> tuple[OrderTrace, ...]:
    return tuple(_trace(row) for row in listed(data, "entrustedList"))


def _trace(row: Row) -> OrderTrace:
    return OrderTrace(
        client_order_id=word(row, "clientOid"),
        order_id=text(row, "orderId"),
        state=word(row, "state") or word(row, "status"),
        side=word(row, "side"),
        pos_side=word(row, "posSide"),
        size=optional_number(row, "size") or ZERO,
        filled=optional_number(row, "baseVolume") or ZERO,
        created_at=moment(row, "cTime"),
        source=word(row, "orderSource"),
    )
