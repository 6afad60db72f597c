"""Faults as text: `endpoint:fault[:option…]`.

For instance `click-backhand:drop-reply:1` (once), `all-position:status=503:p=0.1` (one in ten),
`click-backhand:delay:ms=500`, `single-position:stale:ms=3000` (its reads show the state of 3 s ago),
`click-backhand:code-then-runs=40010:1:ms=38000` (answered in doubt once, runs 38 s later),
`detail:code=40014:account=main:symbol=ETHUSDT` (refuses the reads of one lane).
The endpoint is the last part of its path, or `*` for all of them.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from executor.simulator.endpoints import GET, POST, PUBLIC
from executor.simulator.faults import FAULTS, ORDERS, Fault

ENDPOINTS = sorted({path.rpartition("/")[2] for path in (*PUBLIC, *GET, *POST)})
READS = {path.rpartition("/")[2] for path in (*PUBLIC, *GET)}
WITHOUT_SYMBOL = ("accounts", "all-position", "coins", "currencies", "symbols", "time")
_TIMES = re.compile(r"[0-9]{1,2}")  # as a bare number; more are written as times=
_WHOLE = re.compile(r"[0-9]{1,6}")
#   option → (how its value is written, what it becomes)
_OPTIONS: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "times": (_WHOLE, int),
    "p": (re.compile(r"[01](\.[0-9]*)?|\.[0-9]+"), float),
    "account": (re.compile(r".{1,64}"), str),
    "symbol": (re.compile(r"\w{1,40}"), str.upper),
    "ms": (_WHOLE, int),
    "http": (re.compile(r"[2-5][0-9]{2}"), int),
    "code": (_WHOLE, str),
}
_ANY_FAULT = ("times", "p", "account", "symbol")
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
    found: dict[str, Any] = {}
    for option in options:
        name, value = _option(option, kind, text)
        if name in found:
            raise ValueError(f"{option!r} in {text!r}: it says {name} twice")
        found[name] = _OPTIONS[name][1](value)
    if "symbol" in found and endpoint in WITHOUT_SYMBOL:
        raise ValueError(f"{text!r}: no request for {endpoint} names a symbol; leave symbol= out")
    return replace(Fault(endpoint, kind), **found)


def _option(option: str, kind: str, text: str) -> tuple[str, str]:
    """An option's name and value. ValueError if the fault takes no such option."""
    uses = FAULTS[kind].uses
    if option.isdecimal() and not _TIMES.fullmatch(option):
        forms = " or ".join(f"{name}={option}" for name in (*uses, "times"))
        raise ValueError(f"{option!r} in {text!r}: a bare number is how often it strikes, up to 99; write {forms}")
    name, value = option.split("=", 1) if "=" in option else ("times", option)
    written = _EITHER_WAY if (kind, name) == ("skew", "ms") else _OPTIONS.get(name, (_WHOLE,))[0]
    if name not in (*_ANY_FAULT, *uses) or not written.fullmatch(value):
        right = ", ".join(f"{each}=" for each in (*_ANY_FAULT[1:], *uses))
        raise ValueError(f"{option!r} in {text!r} is no option; {kind} takes a number of times, {right}")
    return name, value


def _check_endpoint(endpoint: str, kind: str) -> None:
    if endpoint not in (*ENDPOINTS, "*"):
        raise ValueError(f"there is no endpoint {endpoint!r}; there are {', '.join(ENDPOINTS)}, and * for all")
    meant = {"reads": READS, "orders": set(ORDERS)}.get(FAULTS[kind].only)
    if meant and endpoint not in (*meant, "*"):
        raise ValueError(f"{kind} does nothing to {endpoint}; it is for {', '.join(sorted(meant))}, and * for all")
