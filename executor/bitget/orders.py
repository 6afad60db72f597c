"""Orders as the exchange remembers them: the evidence for what became of a send.

Sources: Bitget, GET /api/v2/mix/order/detail (`state`), orders-history and orders-pending (`status`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from executor.bitget.fields import Row, Unclear, listed, moment, optional_number, text, word
from executor.core.position import ZERO

REVERSE = "reverse"  # the orderSource of what click-backhand placed
ENDED = frozenset({"filled", "canceled", "cancelled"})  # Bitget, GET /api/v2/mix/order/detail: state


@dataclass(frozen=True, slots=True)
class OrderTrace:
    """One order in the exchange's words; sizes in base coin. A word it leaves out is empty."""

    symbol: str
    client_order_id: str
    order_id: str
    state: str  # live | partially_filled | filled | canceled
    side: str  # buy | sell
    pos_side: str  # long | short | net
    size: Decimal
    filled: Decimal
    created_at: datetime
    source: str

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def is_the_one(self, known: Mapping[str, str]) -> bool:
        """Whether it has these ids: `clientOid` or `orderId`, or both."""
        mine = {"clientOid": self.client_order_id, "orderId": self.order_id}
        return all(mine[name] == value for name, value in known.items())


class ReversalsPage(NamedTuple):
    """One page of a list: the reversals' orders on it, how many rows it has, and the last one's id."""

    orders: tuple[OrderTrace, ...]
    rows: int
    end_id: str


def order_in(row: object, known: Mapping[str, str]) -> OrderTrace:
    """The order of order/detail. Raises Unclear, also if it has not the ids that were asked for."""
    if not isinstance(row, dict) or not (trace := _trace(row)).is_the_one(known):
        raise Unclear(f"expected the order {' '.join(known.values())}, found {str(row)[:80]!r}")
    return trace


def reversals_in(data: object, since: datetime) -> ReversalsPage:
    """The orders that reversals placed since then, and those that name no source. A row of another source is not looked
    at any further. Raises Unclear for one that may be a reversal's and cannot be read.
    """
    found = listed(data, "entrustedList")
    end_id = word(data, "endId") if isinstance(data, Mapping) else ""
    maybe = (row for row in found if word(row, "orderSource") in (REVERSE, ""))
    recent = tuple(trace for row in maybe if (trace := _trace(row)).created_at >= since)
    return ReversalsPage(recent, len(found), end_id)


def orders_in(data: object) -> tuple[OrderTrace, ...]:
    return tuple(_trace(row) for row in listed(data, "entrustedList"))


def _trace(row: Row) -> OrderTrace:
    return OrderTrace(
        symbol=text(row, "symbol").upper(),
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
