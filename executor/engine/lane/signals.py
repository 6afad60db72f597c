"""Which of a lane's signals count: senders' times are on the wall clock, arrivals on the ledger's."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from executor.core.order import DECISIVE, State
from executor.core.precedence import Arrangement, Signal, Waiting, arrange, following
from executor.ledger import Ledger, OrderRow


class Signals:
    """`now` is the wall clock."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger, self._now = ledger, now

    def arrange(
        self, orders: Sequence[OrderRow], at: datetime, last: Signal | None, under_way: Signal | None
    ) -> Arrangement:
        """What to do with queued orders, after the last signal and that of the order in flight. `at` is on the
        ledger's clock.
        """
        ahead = self._wall_ahead()
        waiting = [Waiting(order.id, order.intent, order.deadline, order.signal.shifted(ahead)) for order in orders]
        return arrange(waiting, at, last and last.shifted(ahead), under_way and under_way.shifted(ahead))

    def after(self, last: Signal | None, order: OrderRow, end: State) -> Signal | None:
        """The lane's newest decisive signal, once this order has ended so."""
        if end not in DECISIVE or order.intent.ignored:
            return last
        ahead = self._wall_ahead()
        before, mine = last and last.shifted(ahead), order.signal.shifted(ahead)
        found = following(before, mine, sent=end is not State.UNNEEDED)
        return found and found.shifted(-ahead)

    def _wall_ahead(self) -> timedelta:
        """By how much the wall clock is ahead of the ledger's.

        Asked once for each comparison: so a step of the wall clock between two arrivals does not change their order.
        """
        ledger_now = self._ledger.now()  # first: an interruption here must not make signals seem ahead of their arrival
        return self._now() - ledger_now
