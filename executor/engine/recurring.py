"""A thread that repeats one task until it is stopped."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class RecurringTask:
    """Calls `task` every `seconds`, the first time after one pause. A failure is logged, and the task goes on."""

    def __init__(self, name: str, seconds: float, task: Callable[[], None]) -> None:
        self._name, self._seconds, self._task = name, seconds, task
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the task is not running and will not run again."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._task()
            except Exception:  # the one broad except of this thread, which must outlive every error of its task
                log.exception("recurring task failed", task=self._name)
