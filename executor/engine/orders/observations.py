"""What can be observed of a sent order: the position, and its record at the exchange."""

from datetime import datetime, timedelta

from executor.bitget.order_records import REVERSE, OrderRecord
from executor.bitget.positions import PositionRead
from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market
from executor.core.evidence import Trace
from executor.core.reversal import Operation
from executor.engine.accounts.account import Account
from executor.engine.orders.lifetime import harm
from executor.ledger import OrderRow

NO_ERROR = timedelta(0)
MILLISECOND = timedelta(milliseconds=1)


def seen_by_watch(account: Account, market: Market, after: float) -> PositionRead | None:
    """The position as it was asked for after that moment (time.monotonic()), None while it is unknown."""
    try:
        return account.watch.latest(market, after)
    except ReadFailed:
        return None


def read_now(account: Account, market: Market) -> PositionRead | None:
    """The position as read now, None if it could not be read."""
    try:
        return account.exchange.position(market)
    except (ReadFailed, ReadRefused):
        return None


def trace_of_doubt(account: Account, market: Market, order: OrderRow, after: float) -> Trace | None:
    """What the records hold of an order in doubt, asked for after that moment; None while another lane reads them.

    Raises ReadFailed or ReadRefused.
    """
    send = order.sends[-1]
    if send.operation is not Operation.REVERSE:
        return trace_by_id(account, market, order)
    since = send.signed_at - (account.exchange.clock.error or NO_ERROR)
    orders = account.recent_reversals.since(market.product_type, since, after)
    if orders is None:
        return None
    ours = [each for each in orders if each.client_order_id == send.client_order_id]
    # Which of a reversal's two orders carries our id is not documented, so any reversal since then may be ours.
    maybe = [each for each in orders if each.symbol == market.symbol and each.source == REVERSE and _since(each, since)]
    if any(not each.ended for each in (*ours, *maybe)):
        return Trace.WORKING
    if ours:
        return Trace.FINISHED
    if maybe:
        return Trace.FOREIGN
    return trace_by_id(account, market, order) if harm(account, order) else Trace.ABSENT


def trace_by_id(account: Account, market: Market, order: OrderRow) -> Trace:
    """What the records hold of an order by its ids. Raises ReadFailed or ReadRefused."""
    send = order.sends[-1]
    found = account.exchange.find_order(market, send.client_order_id, send.exchange_order_id or "")
    if found is None:
        return Trace.ABSENT
    return Trace.FINISHED if found.ended else Trace.WORKING


def _since(order: OrderRecord, since: datetime) -> bool:
    """The exchange rounds to whole milliseconds."""
    return order.created_at > since - MILLISECOND
