"""How many orders wait for their end, and when those are too many to take on more."""

import threading
import time
from collections.abc import Iterable

from executor.errors import ExecutorError
from executor.ledger import Ledger

MOST_UNFINISHED = 5_000  # orders; see Backlog


class TooMuchToDo(ExecutorError):
    """A new alert is not taken just now: nothing of it was stored, and it may come again."""

    def __init__(self, unfinished: int) -> None:
        super().__init__(
            f"{unfinished} orders are unfinished, which is as many as the executor takes on; nothing of this alert was "
            "stored; send it again in a few seconds"
        )


class Backlog:
    """Counts by itself what this process takes on and ends, and follows the ledger for what others do. Thread-safe.

    MOST_UNFINISHED: an alert lives for about a minute (a rule's max_age), and one account may send 10 reversals a
    second; what waits behind so many would mostly expire. If all were of one lane, a look at it would take 13 MB and
    0.13 s.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._lock = ledger, threading.Lock()
        self._counted = 0  # in the ledger, without
        self.change = 0  # what we have taken on less what we have ended, ever

    def follow(self, counted: int, change_before: int) -> None:
        """So many are in the ledger, as counted after our own `change` was that. Those that came or ended meanwhile may
        count twice, until the next time.
        """
        with self._lock:
            self._counted = counted - change_before

    def changed(self, by: int) -> None:
        with self._lock:
            self.change += by

    def admit(self, keys: Iterable[str], until: float) -> None:
        """Raises TooMuchToDo, but never for an alert that is known by one of these keys.

        The ledger is asked until then (time.monotonic()) at most.
        """
        unfinished = self._counted + self.change
        if unfinished >= MOST_UNFINISHED and not self._ledger.knows(keys, until - time.monotonic()):
            raise TooMuchToDo(unfinished)
