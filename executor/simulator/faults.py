"""Faults that can be switched on while the simulator runs, per endpoint."""

import random
from dataclasses import asdict, dataclass, replace
from threading import Lock

ORDERS = ("click-backhand", "place-order", "close-positions")


@dataclass(frozen=True)
class FaultKind:
    """What a fault does. `name=value` sets the first of the options in `uses`."""

    does: str
    uses: tuple[str, ...] = ()
    runs: bool = False  # the request runs before the answer is replaced
    only: str = ""  # reads | orders; empty: every request
    shades: bool = False  # changes the real answer, beside another fault
    in_front: bool = False  # strikes before the exchange has checked anything


FAULTS = {
    "delay": FaultKind("waits ms, then runs and answers", ("ms",), runs=True),
    "hang": FaultKind(
        "waits ms in front of the exchange, which then checks its signature and age, runs it and answers",
        ("ms",),
        in_front=True,
    ),
    "drop-reply": FaultKind("runs, then closes the connection without a byte", runs=True),
    "drop-request": FaultKind("closes the connection without running"),
    "reset-reply": FaultKind("runs, then resets the connection", runs=True),
    "reset-request": FaultKind("resets the connection without running"),
    "late": FaultKind("closes the connection, and runs after ms unless its signature is too old by then", ("ms",)),
    "status-after": FaultKind("runs, then answers with the HTTP status and code", ("http", "code"), runs=True),
    "status-then-runs": FaultKind(
        "answers with the HTTP status and code, and runs after ms however old its signature is by then",
        ("http", "code", "ms"),
        only="orders",
    ),
    "status": FaultKind("answers with the HTTP status and code without running", ("http", "code")),
    "code-after": FaultKind("runs, then answers 200 with the code", ("code",), runs=True),
    "code-then-runs": FaultKind(
        "answers 200 with the code, and runs after ms however old its signature is by then",
        ("code", "ms"),
        only="orders",
    ),
    "code": FaultKind("answers 400 with the code without running", ("code",)),
    "live": FaultKind("accepts the order, shows it as live, and runs it after ms", ("ms",), only="orders"),
    "live-then-canceled": FaultKind(
        "accepts the order, shows it as live, and cancels it after ms", ("ms",), only="orders"
    ),
    "garbage-after": FaultKind("runs, then answers with something that is not JSON", runs=True),
    "garbage": FaultKind("answers with something that is not JSON without running"),
    "empty-after": FaultKind("runs, then answers with nothing", runs=True),
    "empty": FaultKind("answers with nothing without running"),
    "429": FaultKind("too many requests"),
    "stale": FaultKind("shows the state as it was ms ago", ("ms",), only="reads", shades=True),
    "odd-row": FaultKind(
        "adds a row without orderId, cTime and holdSide to lists, unless they are asked for one order",
        only="reads",
        shades=True,
    ),
    "skew": FaultKind(
        "answers with a requestTime (and serverTime) that is off by ms, which may be negative", ("ms",), shades=True
    ),
}


@dataclass(frozen=True)
class Fault:
    """`times` None is for ever; `p` is the chance that it strikes; `ms`, `http` and `code` are its parameters.

    With an `account` or a `symbol`, it strikes only requests of that account, or those that name that symbol.
    """

    endpoint: str
    kind: str
    times: int | None = None
    p: float = 1.0
    ms: int = 1000
    http: int = 502
    code: str = "40010"
    account: str | None = None
    symbol: str | None = None

    @property
    def runs(self) -> bool:
        return FAULTS[self.kind].runs

    def meets(self, asked: "Asked") -> bool:
        """Whether it may strike this request."""
        kind = FAULTS[self.kind]
        if self.endpoint not in (asked.endpoint, "*"):
            return False
        if self.account not in (None, asked.account) or self.symbol not in (None, asked.symbol):
            return False
        return not kind.only or (asked.read if kind.only == "reads" else asked.endpoint in ORDERS)


@dataclass(frozen=True)
class Asked:
    """A request as faults see it; its account and symbol are empty where it names none."""

    endpoint: str
    read: bool
    account: str = ""
    symbol: str = ""


@dataclass(frozen=True)
class Strike:
    """What strikes one request: at most one fault, and whatever shades a real answer."""

    fault: Fault | None = None
    shades: tuple[Fault, ...] = ()

    @property
    def odd_row(self) -> bool:
        return any(shade.kind == "odd-row" for shade in self.shades)

    def ms(self, kind: str) -> int:
        """The milliseconds of a shade; 0 if it is not among them."""
        return next((shade.ms for shade in self.shades if shade.kind == kind), 0)


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

    def strike(self, asked: Asked, *, in_front: bool = False) -> Strike:
        """The faults that strike this request; each is used up by one. The first that was added goes first."""
        struck: dict[str, Fault] = {}
        with self._lock:
            for fault in tuple(self._active):
                kind = FAULTS[fault.kind]
                place = fault.kind if kind.shades else ""
                if place in struck or kind.in_front is not in_front or not fault.meets(asked):
                    continue
                if self._chance.random() < fault.p:
                    struck[place] = fault
                    self._use(fault)
        return Strike(struck.pop("", None), tuple(struck.values()))

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        place = self._active.index(fault)
        self._active[place : place + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []

    def to_json(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(fault) for fault in self._active]
