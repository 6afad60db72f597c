"""The reversals' orders of an account, read page by page, as fast as its limit allows.

Source: Bitget, orders-pending and orders-history (idLessThan is the endId of the page before).
"""

from dataclasses import dataclass, field
from datetime import datetime

from executor.bitget.clock import from_milliseconds, to_milliseconds
from executor.bitget.endpoints import Read
from executor.bitget.orders import REVERSE, OrderTrace, reversals_in
from executor.bitget.reads import Reader, ReadFailed

PAGE = 100  # the most orders one answer lists
MOST_PAGES = 20


@dataclass(slots=True)
class _Pages:
    """One list, as far as it has been read."""

    read: Read
    parameters: dict[str, str]
    older: dict[str, str] = field(default_factory=dict)
    found: list[OrderTrace] = field(default_factory=list)
    pages: int = 0
    complete: bool = False


class ReversalList:
    """The orders of every symbol that reversals placed at or after `since` (the exchange's clock), pending ones and
    those without a source too.

    Their ids need not be ours: which of a reversal's two orders carries the clientOid is not documented. What pends is
    read first: an order that ends meanwhile is then on one of the two lists at least.
    """

    def __init__(self, reader: Reader, account: str, product_type: str, since: datetime) -> None:
        start_ms = to_milliseconds(since)
        recent = {"productType": product_type, "startTime": str(start_ms), "limit": str(PAGE)}
        self._reader, self._account, self._since = reader, account, from_milliseconds(start_ms)
        self._lists = (_Pages(Read.PENDING, recent), _Pages(Read.HISTORY, recent | {"orderSource": REVERSE}))

    def read(self) -> tuple[OrderTrace, ...]:
        """Oldest first. Raises ReadFailed or ReadRefused; the next try goes on with the page that was not read."""
        for pages in self._lists:
            while not pages.complete:
                self._next(pages)
        found = {order.order_id: order for pages in self._lists for order in pages.found}
        return tuple(sorted(found.values(), key=lambda order: order.created_at))

    def _next(self, pages: _Pages) -> None:
        what = f"the {pages.read} of account {self._account}"
        if pages.pages == MOST_PAGES:
            raise ReadFailed(what, f"there are more than {MOST_PAGES * PAGE} orders, which is as many as are read")
        parameters = pages.parameters | pages.older
        page = self._reader.ask(pages.read, what, parameters, lambda data: reversals_in(data, self._since))
        pages.found += page.orders
        pages.pages += 1
        pages.older = {"idLessThan": page.end_id}
        pages.complete = page.rows < PAGE or not page.end_id
