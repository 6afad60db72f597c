"""What an order shall find done when it comes: each part again and again, in a thread that no order waits for."""

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
    """`ask`, once there is room for it in the exchange's limits. Raises what it raises."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except ReadFailed as error:
            if error.retry_after is None or time.monotonic() + error.retry_after.total_seconds() > deadline:
                raise
            time.sleep(error.retry_after.total_seconds())


@dataclass(slots=True)
class Part:
    """Something to do every so often; `due` is in seconds of time.monotonic()."""

    do: Callable[[], None]
    every_seconds: float
    due: float = float("-inf")
    failed: bool = False


class Upkeep:
    """A thread between `start` and `stop`. A part that could not be read is tried again soon."""

    def __init__(self, account: str, parts: Mapping[str, Part]) -> None:
        self._account, self._parts = account, parts
        self._wanted = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"upkeep {account}", daemon=True)

    def start(self, after_seconds: float = 0.0) -> None:
        for part in self._parts.values():
            part.due = time.monotonic() + after_seconds
        self._thread.start()

    def stop(self) -> None:
        """Returns when no further part will start; one under way ends by itself."""
        self._stopping = True
        self._wanted.set()

    def want(self, name: str) -> None:
        """Do that part now rather than when it is due."""
        self._parts[name].due = float("-inf")
        self._wanted.set()

    def _run(self) -> None:
        while not self._stopping:
            self._wanted.clear()
            for name, part in self._parts.items():
                if part.due <= time.monotonic() and not self._stopping:
                    self._do(name, part)
            self._wanted.wait(max(0.0, min(part.due for part in self._parts.values()) - time.monotonic()))

    def _do(self, name: str, part: Part) -> None:
        part.due = time.monotonic() + part.every_seconds  # first, so that it may be wanted again meanwhile
        try:
            part.do()
            part.failed = False
        except (ReadFailed, ReadRefused) as error:
            if not (part.failed or self._stopping):  # told once, not every time
                log.warning("upkeep failed", account=self._account, part=name, reason=str(error))
            self._retry(part)
        except Exception:  # the one broad except of this thread: it must outlive whatever goes wrong in a part
            log.exception("upkeep failed", account=self._account, part=name)
            self._retry(part)

    @staticmethod
    def _retry(part: Part) -> None:
        part.failed = True
        part.due = min(part.due, time.monotonic() + AFTER_TROUBLE_SECONDS)
