"""Which of a lane's signals count: senders' times are on the wall clock, arrivals on the ledger's."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from executor.core.precedence import Arrangement, Signal, Waiting, arrange, compare
from executor.ledger import Ledger, OrderRow


class Signals:
    """`now` is the wall clock."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger, self._now = ledger, now

    def arrange(self, orders: Sequence[OrderRow], at: datetime, last: Signal | None) -> Arrangement:
        """What to do with queued orders, after that last signal. `at` is on the ledger's clock."""
        ahead = self._wall_ahead()
        waiting = [Waiting(order.id, order.intent, order.deadline, order.signal.shifted(ahead)) for order in orders]
        return arrange(waiting, at, last and last.shifted(ahead))

    def newest(self, mine: Signal, last: Signal | None) -> Signal:
        ahead = self._wall_ahead()
        return mine if last is None or compare(mine.shifted(ahead), last.shifted(ahead)) >= 0 else last

    def _wall_ahead(self) -> timedelta:
        """By how much the wall clock is ahead of the ledger's.

        Asked once for each comparison: so a step of the wall clock between two arrivals does not change their order.
        """
        ledger_now = self._ledger.now()  # first: an interruption here must not make signals seem ahead of their arrival
        return self._now() - ledger_now
