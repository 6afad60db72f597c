"""Legs that no order may build up for a while: a request that may still run would close them."""

import time
from collections.abc import Mapping
from datetime import timedelta

from executor.core.position import Leg


class Guards:
    """Of one lane. `until` gives each leg's moment in time.monotonic() seconds."""

    def __init__(self, until: Mapping[Leg, float]) -> None:
        self.until = dict(until)
        self._needed_by = ""  # the only request that needs them, by its clientOid; empty if there may be others

    def left(self, leg: Leg | None) -> timedelta:
        until = self.until.get(leg, 0.0) if leg else 0.0
        return timedelta(seconds=max(0.0, until - time.monotonic()))

    def add(self, legs: Mapping[Leg, timedelta], client_order_id: str) -> None:
        """A request is in doubt that may close these legs."""
        if legs:
            others = any(self.left(leg) for leg in self.until)
            self._needed_by = "" if others else client_order_id
        now = time.monotonic()
        self.until |= {leg: now + left.total_seconds() for leg, left in legs.items()}

    def lift(self, client_order_id: str) -> tuple[Leg, ...]:
        """The legs that are free now that this request can no longer run. An earlier one may need them still."""
        if self._needed_by != client_order_id:
            return ()
        free = tuple(self.until)
        self.until.clear()
        return free
