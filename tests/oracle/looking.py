"""Which orders the ledger holds for in flight at the moments that matter."""

import time
from math import inf

from executor.core.order import State
from executor.simulator.later import Later

SOON_MS = 500
SLACK_MS = 5


class WatchedLater(Later):
    """Looks which orders the ledger holds for in flight whenever a request runs after its arrival."""

    def __init__(self, lock, in_flight):
        super().__init__(lock)
        self._in_flight = in_flight
        self.looks = []

    def after(self, ms, action):
        def look_and_act():
            self._look()
            action()

        super().after(ms, look_and_act)

    def wait(self, ms):
        waited = super().wait(ms)
        self._look()
        return waited

    def _look(self):
        at = time.time() * 1000
        self.looks.append((at, self._in_flight()))

    def look_before(self, ran_ms):
        """The orders in flight just before that moment, None if that was not looked at."""
        looks = [(at, found) for at, found in tuple(self.looks) if at <= ran_ms + SLACK_MS]
        at, found = max(looks, default=(-inf, set()), key=lambda look: look[0])
        return found if ran_ms - at < SOON_MS else None


def in_flight(ledger):
    """The ids of the orders that a ledger holds for in flight."""
    states = [state for state in State if state.in_flight]
    return {order.id for state in states for order in ledger.orders(state=state, limit=100_000)}
