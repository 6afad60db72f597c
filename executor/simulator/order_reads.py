"""Reads of orders: one by its id, and lists page by page.

Source: Bitget, GET /api/v2/mix/order/detail, orders-pending and orders-history: newest first, at most `limit` (100) a
page; the next page is asked for with idLessThan, the endId of the last.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from executor.simulator import asking
from executor.simulator.asking import Ask
from executor.simulator.market import Account
from executor.simulator.moment import Moment
from executor.simulator.orders import Order, detail_row, fill_row, list_row
from executor.simulator.refusal import RequestRefused

LARGEST_PAGE = 100


def order_detail(moment: Moment, mine: Account, ask: Ask) -> Any:
    symbol = asking.contract(moment, ask).symbol
    found = mine.book.find(ask.get("orderId"), ask.get("clientOid"), moment.then_ms)
    if found is None or found.symbol != symbol:
        raise RequestRefused("40109", "The data of the order cannot be found, please confirm the order number")
    return detail_row(found)


def orders_history(moment: Moment, mine: Account, ask: Ask) -> Any:
    """Those that have ended."""
    found = _page(mine.book.seen(moment.then_ms), ask, ("orderSource",))
    return _listed("entrustedList", found, [list_row(order) for order in found] or None)


def orders_pending(moment: Moment, mine: Account, ask: Ask) -> Any:
    """Those that have not ended."""
    by = ("status", "orderSource") if moment.settings.pending_by_source else ("status",)
    found = _page(mine.book.seen(moment.then_ms, pending=True), ask, by)
    return _listed("entrustedList", found, [list_row(order) for order in found] or None)


def fills(moment: Moment, mine: Account, ask: Ask) -> Any:
    found = _page((order for order in mine.book.seen(moment.then_ms) if order.filled), ask)
    return _listed("fillList", found, [fill_row(order) for order in found])


def _page(orders: Iterable[Order], ask: Ask, by: tuple[str, ...] = ()) -> list[Order]:
    return list(islice(_wanted(orders, ask, by), asking.whole(ask, "limit", LARGEST_PAGE, LARGEST_PAGE)))


def _wanted(orders: Iterable[Order], ask: Ask, by: tuple[str, ...]) -> Iterator[Order]:
    """Those that an ask does not filter out; an orderId prevails over a clientOid."""
    names = ("symbol", "orderId" if ask.get("orderId") else "clientOid", *by)
    filters = [(name, str(ask[name]).upper()) for name in names if ask.get(name)]
    product, before = asking.product(ask), asking.whole(ask, "idLessThan", 1 << 62)
    start, end = asking.whole(ask, "startTime", 0), asking.whole(ask, "endTime", 1 << 62)
    for order in orders:
        if order.product != product or int(order.order_id) >= before or not start <= order.created_ms <= end:
            continue
        said = {
            "symbol": order.symbol,
            "orderId": order.order_id,
            "clientOid": order.client_id,
            "orderSource": order.source,
            "status": order.state,
        }
        if all(said[name].upper() == value for name, value in filters):
            yield order


def _listed(name: str, found: list[Order], rows: object) -> dict[str, object]:
    return {name: rows, "endId": found[-1].order_id if found else None}
