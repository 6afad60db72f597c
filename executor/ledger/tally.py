"""How many orders have come into each state, ever: the same numbers from every process on this ledger."""

import threading
from collections import Counter
from datetime import timedelta

from sqlalchemy import BigInteger, bindparam, func, or_, select

from executor.core.order import Lane, State
from executor.ledger.records import Counts
from executor.ledger.tables import orders, unfinished
from executor.ledger.transactions import Transaction

# By then, every transaction that took a lower number is committed
SETTLED_AFTER = timedelta(minutes=1)

_COUNT = (
    select(orders.c.account, orders.c.symbol, orders.c.state, func.count())
    .where(orders.c.seq > bindparam("after"), orders.c.seq <= bindparam("upto"))
    .group_by(orders.c.account, orders.c.symbol, orders.c.state)
)
_NEWEST = select(func.max(orders.c.seq))
# `+ 0`: for the bare key SQLite would walk all orders from the oldest on,
# and not use the index of unfinished ones.
_OLDEST_UNFINISHED = select(func.min(orders.c.seq + 0)).where(unfinished)
_NEWEST_SETTLED = (
    select(orders.c.seq)
    .where(or_(orders.c.arrived_at < bindparam("before", type_=BigInteger), orders.c.arrived_at.is_(None)))
    .order_by(orders.c.seq.desc())
    .limit(1)
)


class Tally:
    """Counts each order that has ended once, and remembers it: the time does not grow with the ledger.

    Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: Counts = Counter()
        self._upto = 0

    def count(self, tx: Transaction) -> Counts:
        """Orders by lane and by the state that they are in."""
        with self._lock:
            upto = max(self._upto, _settled_upto(tx))
            self._settled += _counted(tx, self._upto, upto)
            self._upto = upto
            newest = tx.connection.execute(_NEWEST).scalar_one() or 0
            return self._settled + _counted(tx, upto, newest)


def _settled_upto(tx: Transaction) -> int:
    """Up to this number every order has ended, and none will come in between."""
    before = {"before": tx.microseconds_after(-SETTLED_AFTER)}
    newest = tx.connection.execute(_NEWEST_SETTLED, before).scalar() or 0
    oldest_unfinished = tx.connection.execute(_OLDEST_UNFINISHED).scalar_one()
    return newest if oldest_unfinished is None else min(newest, oldest_unfinished - 1)


def _counted(tx: Transaction, after: int, upto: int) -> Counts:
    if upto <= after:
        return Counter()
    rows = tx.connection.execute(_COUNT, {"after": after, "upto": upto})
    return Counter({(Lane(account, symbol), State(state)): number for account, symbol, state, number in rows})
