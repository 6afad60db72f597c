"""Keeps ready what an order will need: each chore is repeated in a thread that no order waits for."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import structlog

from executor.bitget.reads import ReadFailed, ReadRefused

log = structlog.get_logger()

T = TypeVar("T")
AFTER_TROUBLE_SECONDS = 5.0
PATIENCE_SECONDS = 10.0


def patiently(ask: Callable[[], T]) -> T:
    """Call `ask` once the exchange's limits have room for it. Raises what it raises."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except ReadFailed as error:
            if error.retry_after is None or time.monotonic() + error.retry_after.total_seconds() > deadline:
                raise
            time.sleep(error.retry_after.total_seconds())


@dataclass(slots=True)
class Chore:
    """Something to repeat; `due` is in seconds of time.monotonic()."""

    do: Callable[[], None]
    every_seconds: float
    due: float = float("-inf")
    failed: bool = False


class Upkeep:
    """A thread between `start` and `stop`. A chore that failed is tried again soon."""

    def __init__(self, account: str, chores: Mapping[str, Chore]) -> None:
        self._account, self._chores = account, chores
        self._wanted = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"upkeep {account}", daemon=True)

    def start(self, after_seconds: float = 0.0) -> None:
        for chore in self._chores.values():
            chore.due = time.monotonic() + after_seconds
        self._thread.start()

    def stop(self) -> None:
        """Returns when no further chore will start; one under way ends by itself."""
        self._stopping = True
        self._wanted.set()

    def want(self, name: str) -> None:
        """Do that chore now rather than when it is due."""
        self._chores[name].due = float("-inf")
        self._wanted.set()

    def _run(self) -> None:
        while not self._stopping:
            self._wanted.clear()
            for name, chore in self._chores.items():
                if chore.due <= time.monotonic() and not self._stopping:
                    self._do(name, chore)
            self._wanted.wait(max(0.0, min(chore.due for chore in self._chores.values()) - time.monotonic()))

    def _do(self, name: str, chore: Chore) -> None:
        chore.due = time.monotonic() + chore.every_seconds  # first: it may be wanted again meanwhile
        try:
            chore.do()
            chore.failed = False
        except (ReadFailed, ReadRefused) as error:
            if not (chore.failed or self._stopping):  # logged once, not every time
                log.warning("upkeep failed", account=self._account, part=name, reason=str(error))
            self._retry(chore)
        except Exception:  # the one broad except of this thread, which must outlive every error of a chore
            log.exception("upkeep failed", account=self._account, part=name)
            self._retry(chore)

    @staticmethod
    def _retry(chore: Chore) -> None:
        chore.failed = True
        chore.due = min(chore.due, time.monotonic() + AFTER_TROUBLE_SECONDS)
