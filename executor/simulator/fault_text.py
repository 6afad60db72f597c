"""Faults as text: `endpoint:fault[:option…]`.

For instance `click-backhand:drop-reply:1` (once), `all-position:status=503:p=0.1` (one in ten),
`click-backhand:delay:ms=500`, `single-position:stale:ms=3000` (its reads show the state of 3 s ago),
`click-backhand:code-then-runs=40010:1:ms=38000` (answered in doubt once, runs 38 s later).
The endpoint is the last part of its path, or `*` for all of them.
"""

import re
from dataclasses import replace
from typing import Any

from executor.simulator.endpoints import GET, POST, PUBLIC
from executor.simulator.faults import FAULTS, ORDERS, Fault

ENDPOINTS = sorted({path.rpartition("/")[2] for path in (*PUBLIC, *GET, *POST)})
READS = {path.rpartition("/")[2] for path in (*PUBLIC, *GET)}
_WHOLE = re.compile(r"[0-9]{1,6}")
#   option → (how its value is written, what it becomes)
_OPTIONS: dict[str, tuple[re.Pattern[str], Any]] = {
    "times": (_WHOLE, int),
    "p": (re.compile(r"[01](\.[0-9]*)?|\.[0-9]+"), float),
    "ms": (_WHOLE, int),
    "http": (re.compile(r"[2-5][0-9]{2}"), int),
    "code": (_WHOLE, str),
}
_EITHER_WAY = re.compile(r"[+-]?[0-9]{1,9}")  # the milliseconds of a skew


def parse_fault(text: str) -> Fault:
    """ValueError says what is wrong."""
    endpoint, _, rest = text.partition(":")
    kind, *options = rest.split(":")
    kind, equals, value = kind.partition("=")
    if not endpoint or kind not in FAULTS:
        raise ValueError(f"{text!r} is not endpoint:fault; the faults are {', '.join(FAULTS)}")
    _check_endpoint(endpoint, kind)
    if equals:
        options.insert(0, f"{(*FAULTS[kind].uses, '')[0]}={value}")
    fault = Fault(endpoint, kind)
    taken = ("times", "p", *FAULTS[kind].uses)
    for option in options:
        name, value = option.split("=", 1) if "=" in option else ("times", option)
        if name not in taken or not _written(kind, name).fullmatch(value):
            right = ", ".join(f"{each}=" for each in taken[1:])
            raise ValueError(f"{option!r} in {text!r} is no option; {kind} takes a number of times, {right}")
        fault = replace(fault, **{name: _OPTIONS[name][1](value)})
    return fault


def _check_endpoint(endpoint: str, kind: str) -> None:
    if endpoint not in (*ENDPOINTS, "*"):
        raise ValueError(f"there is no endpoint {endpoint!r}; there are {', '.join(ENDPOINTS)}, and * for all")
    meant = {"reads": READS, "orders": set(ORDERS)}.get(FAULTS[kind].only)
    if meant and endpoint not in (*meant, "*"):
        raise ValueError(f"{kind} does nothing to {endpoint}; it is for {', '.join(sorted(meant))}, and * for all")


def _written(kind: str, option: str) -> re.Pattern[str]:
    return _EITHER_WAY if (kind, option) == ("skew", "ms") else _OPTIONS[option][0]
