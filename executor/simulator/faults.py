"""Faults that can be switched on while the simulator runs, per endpoint."""

import random
from dataclasses import asdict, dataclass, replace
from threading import Lock

#   fault         → (does the request run?, what it does)
FAULTS: dict[str, tuple[bool, str]] = {
    "delay": (True, "answers after ms"),
    "drop-reply": (True, "runs, then closes the connection without a byte"),
    "drop-request": (False, "closes the connection without running"),
    "reset-reply": (True, "runs, then resets the connection"),
    "reset-request": (False, "resets the connection without running"),
    "late": (False, "closes the connection, and runs after ms unless its signature is too old by then"),
    "status-after": (True, "runs, then answers with the HTTP status and code"),
    "status": (False, "answers with the HTTP status and code without running"),
    "code-after": (True, "runs, then answers 200 with the code"),
    "code": (False, "answers 400 with the code without running"),
    "garbage-after": (True, "runs, then answers with something that is not JSON"),
    "garbage": (False, "answers with something that is not JSON without running"),
    "empty-after": (True, "runs, then answers with nothing"),
    "empty": (False, "answers with nothing without running"),
    "429": (False, "too many requests"),
}


@dataclass(frozen=True)
class Fault:
    """`times` None is for ever; `p` is the chance that it strikes; `ms`, `http` and `code` are its parameters."""

    endpoint: str
    kind: str
    times: int | None = None
    p: float = 1.0
    ms: int = 1000
    http: int = 502
    code: str = "40010"

    @property
    def runs(self) -> bool:
        return FAULTS[self.kind][0]


class Faults:
    """The faults that are switched on. Thread-safe; chance is seeded, so that a run can be repeated."""

    def __init__(self, seed: int = 0) -> None:
        self._active: list[Fault] = []
        self._lock = Lock()
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._active.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._active.clear()

    def strike(self, endpoint: str) -> Fault | None:
        """The fault that strikes this request, if one does; it is used up by one."""
        with self._lock:
            for place, fault in enumerate(self._active):
                if fault.endpoint not in (endpoint, "*") or self._chance.random() >= fault.p:
                    continue
                if fault.times is not None:
                    self._active[place] = replace(fault, times=fault.times - 1)
                    if fault.times <= 1:
                        del self._active[place]
                return fault
        return None

    def to_json(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(fault) for fault in self._active]
