"""Overload: while many alerts are being taken at once, lanes wait a moment with their orders.

A bar's close brings hundreds of alerts, and each must be answered within three seconds. Their orders leave at the
exchange's rate limit, so they take longer in any case.
"""

import threading
from typing import Self

OVERLOAD_ALERTS = 4  # alerts that are being taken at the same moment; usually there is one
LONGEST_WAIT_SECONDS = 0.1  # of a lane, however long the overload lasts


class Overload:
    """A context in which each alert is taken. Thread-safe."""

    def __init__(self) -> None:
        self._inside = 0
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        with self._changed:
            self._inside += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            if self._inside == OVERLOAD_ALERTS - 1:
                self._changed.notify_all()

    @property
    def on(self) -> bool:
        return self._inside >= OVERLOAD_ALERTS

    def give_way(self) -> None:
        """Block a lane while it is on, but not for long."""
        if self.on:
            with self._changed:
                self._changed.wait_for(lambda: not self.on, LONGEST_WAIT_SECONDS)
