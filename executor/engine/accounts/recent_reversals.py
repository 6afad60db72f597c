"""An account's recent reversals in the exchange's order records, read once for all lanes that look for evidence."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from executor.bitget.exchange import BitgetExchange
from executor.bitget.order_records import OrderRecord, ReversalList
from executor.bitget.reads import ReadFailed, ReadRefused

LONGER_AGO = timedelta(minutes=1)  # than the first lane asks for: those in doubt beside it were sent at about that time
SERVES_SECONDS = 2.0  # after its end, a read serves all lanes that look; meanwhile the limit has room for their orders
AFTER_TROUBLE_SECONDS = 1.0  # a read that failed is not repeated at once by every lane


@dataclass(frozen=True, slots=True)
class _ReversalsRead:
    """What was asked for from `asked` until `ended` (time.monotonic()): all reversals since then, or why they could not
    be read.
    """

    asked: float
    ended: float
    since: datetime
    orders: tuple[OrderRecord, ...] = ()
    trouble: ReadFailed | ReadRefused | None = None


class RecentReversals:
    """Thread-safe. A lane that comes while another one reads does not wait: it looks again later."""

    def __init__(self, exchange: BitgetExchange) -> None:
        self._exchange = exchange
        self._reads: dict[str, _ReversalsRead] = {}  # by product type
        self._unfinished: dict[str, tuple[float, datetime, ReversalList]] = {}  # their limit has allowed a part of them
        self._reading = threading.Lock()

    def since(self, product_type: str, since: datetime, after: float) -> tuple[OrderRecord, ...] | None:
        """The reversals' orders since then, as they were at some moment after `after` (time.monotonic()); None while
        another lane reads them, or has begun to before that. Raises ReadFailed or ReadRefused.
        """
        if not self._reading.acquire(blocking=False):
            return None
        try:
            known = self._reads.get(product_type)
            if known is None or not _serves(known, since, after):
                known = self._reads[product_type] = self._read(product_type, since - LONGER_AGO)
        finally:
            self._reading.release()
        if known.trouble:
            raise known.trouble
        return known.orders if _shows(known, since, after) else None

    def _read(self, product_type: str, since: datetime) -> _ReversalsRead:
        """Go on with what is unfinished: begun anew each time, a long list would never be read to its end."""
        begun = time.monotonic(), since, self._exchange.reversals_since(product_type, since)
        asked, since, found = unfinished = self._unfinished.pop(product_type, begun)
        try:
            orders = found.read()
        except (ReadFailed, ReadRefused) as error:
            if isinstance(error, ReadFailed) and error.retry_after:
                self._unfinished[product_type] = unfinished
            return _ReversalsRead(asked, time.monotonic(), since, trouble=error)
        return _ReversalsRead(asked, time.monotonic(), since, orders)


def _serves(known: _ReversalsRead, since: datetime, after: float) -> bool:
    ago = time.monotonic() - known.ended
    if known.trouble:
        return ago < AFTER_TROUBLE_SECONDS
    return ago < SERVES_SECONDS and _shows(known, since, after)


def _shows(known: _ReversalsRead, since: datetime, after: float) -> bool:
    return known.asked > after and known.since <= since
