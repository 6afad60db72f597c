"""Which orders the ledger holds for in flight at the moments that matter."""

import time

from executor.simulator.later import Later


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

    def look_before(self, came_ms, ran_ms):
        """The orders in flight just before a request ran that had come before, None if that was not looked at."""
        looks = [(at, found) for at, found in tuple(self.looks) if came_ms <= at <= ran_ms]
        return max(looks, default=(0.0, None), key=lambda look: look[0])[1]


def in_flight(ledger):
    """The ids of the orders that a ledger holds for in flight, at one moment."""
    return {order.id for order in ledger.queries.orders_in_flight()}
