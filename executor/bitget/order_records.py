"""The exchange's records of orders: the evidence for what became of a request.

Sources: Bitget, GET /api/v2/mix/order/detail (`state`), orders-history and orders-pending (`status`; idLessThan is the
endId of the page before).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from executor.bitget.endpoints import Read
from executor.bitget.parsing import Row, Unclear, listed, moment, optional_number, text, word
from executor.bitget.reads import ReadClient, ReadFailed
from executor.bitget.server_clock import from_milliseconds, to_milliseconds
from executor.core.position import ZERO

REVERSE = "reverse"  # the orderSource of what click-backhand placed
PAGE = 100  # the most orders one answer lists
MOST_PAGES = 20
ENDED = frozenset({"filled", "canceled", "cancelled"})  # Bitget, GET /api/v2/mix/order/detail: state


@dataclass(frozen=True, slots=True)
class OrderRecord:
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

    orders: tuple[OrderRecord, ...]
    rows: int
    end_id: str


@dataclass(slots=True)
class _Pages:
    """One list, as far as it has been read."""

    read: Read
    parameters: dict[str, str]
    older: dict[str, str] = field(default_factory=dict)
    found: list[OrderRecord] = field(default_factory=list)
    pages: int = 0
    complete: bool = False


class ReversalList:
    """The orders of every symbol that reversals placed at or after `since` (the exchange's clock), pending ones and
    those without a source too.

    Their ids need not be ours: which of a reversal's two orders carries the clientOid is not documented. What pends is
    read first: an order that ends meanwhile is then on one of the two lists at least.
    """

    def __init__(self, reader: ReadClient, account: str, product_type: str, since: datetime) -> None:
        start_ms = to_milliseconds(since)
        recent = {"productType": product_type, "startTime": str(start_ms), "limit": str(PAGE)}
        self._reader, self._account, self._since = reader, account, from_milliseconds(start_ms)
        self._lists = (_Pages(Read.PENDING, recent), _Pages(Read.HISTORY, recent | {"orderSource": REVERSE}))

    def read(self) -> tuple[OrderRecord, ...]:
        """Oldest first. Raises ReadFailed or ReadRefused; the next try goes on with the page that was not read."""
        for pages in self._lists:
            while not pages.complete:
                self._next(pages)
        found = {order.order_id: order for pages in self._lists for order in pages.found}
        return tuple(sorted(found.values(), key=lambda order: order.created_at))

    def _next(self, pages: _Pages) -> None:
        what = f"the {pages.read} of account {self._account}"
        if pages.pages == MOST_PAGES:
            raise ReadFailed(what, f"there are more than {MOST_PAGES * PAGE} orders, and no more are read")
        parameters = pages.parameters | pages.older
        page = self._reader.ask(pages.read, what, parameters, lambda data: reversals_in(data, self._since))
        pages.found += page.orders
        pages.pages += 1
        pages.older = {"idLessThan": page.end_id}
        pages.complete = page.rows < PAGE or not page.end_id


def order_in(row: object, known: Mapping[str, str]) -> OrderRecord:
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


def orders_in(data: object) -> tuple[OrderRecord, ...]:
    return tuple(_trace(row) for row in listed(data, "entrustedList"))


def _trace(row: Row) -> OrderRecord:
    return OrderRecord(
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
