"""Alerts go before orders: while many are being taken in at once, lanes wait a moment with theirs.

A bar's close brings hundreds of alerts, which all want their receipt within three seconds; their orders leave at the
exchange's rate limit, and so take longer anyway.
"""

import threading
from typing import Self

MANY = 4  # alerts that are being taken in at the same moment; in quiet times it is one
MOST_SECONDS = 0.1  # for a lane to wait, however long the rush lasts


class Rush:
    """Thread-safe. Taking an alert in happens inside it."""

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
            if self._inside == MANY - 1:
                self._changed.notify_all()

    @property
    def on(self) -> bool:
        return self._inside >= MANY

    def give_way(self) -> None:
        """Block while it is on, but not for long."""
        if self.on:
            with self._changed:
                self._changed.wait_for(lambda: not self.on, MOST_SECONDS)
