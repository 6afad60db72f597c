"""What the simulator does later: orders that run after their answer, positions that are moved at a given moment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any


@dataclass
class _Delayed:
    """What waits together, and why it ended."""

    over: Event = field(default_factory=Event)
    called_off: bool = False


class Later:
    """Each action runs once, in a thread of its own and under the lock, unless `call_off` comes first."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._waiting = _Delayed()

    def after(self, ms: int, action: Callable[[], object]) -> None:
        waiting = self._waiting

        def wait_and_act() -> None:
            waiting.over.wait(ms / 1000)
            with self._lock:
                if not waiting.called_off:
                    action()

        Thread(target=wait_and_act, name="simulator-later", daemon=True).start()

    def wait(self, ms: int) -> bool:
        """Wait in this thread. False if it was called off meanwhile."""
        waiting = self._waiting
        waiting.over.wait(ms / 1000)
        return not waiting.called_off

    def hasten(self) -> None:
        """Everything that waits is due now."""
        with self._lock:
            ended, self._waiting = self._waiting, _Delayed()
            ended.over.set()

    def call_off(self) -> None:
        """Everything that waits is dropped."""
        with self._lock:
            self._waiting.called_off = True
            self.hasten()
