"""How many orders have come into each state, ever: the same numbers from every process on this ledger."""

import threading
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, bindparam, func, or_, select

from executor.core.order import Lane, State
from executor.ledger.rows import to_microseconds
from executor.ledger.tables import orders, unfinished

SETTLED_AFTER = timedelta(minutes=1)  # by then a transaction that took a lower number has long been committed
Counts = Counter[tuple[Lane, State]]

_COUNT = (
    select(orders.c.account, orders.c.symbol, orders.c.state, func.count())
    .where(orders.c.seq > bindparam("after"), orders.c.seq <= bindparam("upto"))
    .group_by(orders.c.account, orders.c.symbol, orders.c.state)
)
_NEWEST = select(func.max(orders.c.seq))
# `+ 0`: for the bare key SQLite would walk all orders from the oldest on instead of the index of unfinished ones.
_OLDEST_UNFINISHED = select(func.min(orders.c.seq + 0)).where(unfinished)
_NEWEST_SETTLED = (
    select(orders.c.seq)
    .where(or_(orders.c.arrived_at < bindparam("before", type_=BigInteger), orders.c.arrived_at.is_(None)))
    .order_by(orders.c.seq.desc())
    .limit(1)
)


class Tally:
    """Counts each order that has ended once, and remembers: the time it takes does not grow with the ledger.

    Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: Counts = Counter()
        self._upto = 0

    def count(self, connection: Connection, now: datetime) -> Counts:
        """Orders by lane and by the state that they are in. `now` is the ledger's clock."""
        with self._lock:
            upto = max(self._upto, self._settle_upto(connection, now))
            self._settled += _counted(connection, self._upto, upto)
            self._upto = upto
            newest = connection.execute(_NEWEST).scalar_one() or 0
            return self._settled + _counted(connection, upto, newest)

    @staticmethod
    def _settle_upto(connection: Connection, now: datetime) -> int:
        """Up to here every order has ended, and none will come in between."""
        newest = connection.execute(_NEWEST_SETTLED, {"before": to_microseconds(now - SETTLED_AFTER)}).scalar() or 0
        unfinished_from = connection.execute(_OLDEST_UNFINISHED).scalar_one()
        return newest if unfinished_from is None else min(newest, unfinished_from - 1)


def _counted(connection: Connection, after: int, upto: int) -> Counts:
    rows = connection.execute(_COUNT, {"after": after, "upto": upto}) if upto > after else ()
    return Counter({(Lane(account, symbol), State(state)): number for account, symbol, state, number in rows})
