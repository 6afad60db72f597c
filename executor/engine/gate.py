"""Holds a request back at the last moment, until the ledger has it.

Meanwhile a lane's thread does what comes before that: finding a connection, writing the headers.
"""

import threading

MOST_SECONDS_HELD = 2.0  # what it was decided from grows old


class Gate:
    """Shut until it is opened or barred, once, by one thread; another one waits at it."""

    def __init__(self) -> None:
        self._undecided = threading.Lock()
        self._undecided.acquire()
        self._is_open = False

    def open(self) -> None:
        self._is_open = True
        self._undecided.release()

    def bar(self) -> None:
        self._undecided.release()

    def passes(self) -> bool:
        """Block until that is decided; False also if it takes too long."""
        if self._undecided.acquire(timeout=MOST_SECONDS_HELD):
            self._undecided.release()
            return self._is_open
        return False
