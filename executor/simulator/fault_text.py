"""Faults as text: `endpoint:fault[:option…]`.

For instance `click-backhand:drop-reply:1` (once), `all-position:status=503:p=0.1` (one in ten),
`click-backhand:delay:ms=500`. The endpoint is the last part of its path, or `*` for all of them.
"""

import re
from dataclasses import replace
from typing import Any

from executor.simulator.endpoints import GET, POST, PUBLIC
from executor.simulator.faults import FAULTS, Fault

ENDPOINTS = sorted({path.rpartition("/")[2] for path in (*PUBLIC, *GET, *POST)})
_WHOLE = re.compile(r"[0-9]{1,6}")
#   option → (how its value is written, what it becomes)
_OPTIONS: dict[str, tuple[re.Pattern[str], Any]] = {
    "times": (_WHOLE, int),
    "p": (re.compile(r"[01](\.[0-9]*)?|\.[0-9]+"), float),
    "ms": (_WHOLE, int),
    "http": (re.compile(r"[2-5][0-9]{2}"), int),
    "code": (_WHOLE, str),
}


def parse_fault(text: str) -> Fault:
    """ValueError says what is wrong."""
    endpoint, _, rest = text.partition(":")
    kind, *options = rest.split(":")
    kind, equals, value = kind.partition("=")
    if not endpoint or kind not in FAULTS:
        raise ValueError(f"{text!r} is not endpoint:fault; the faults are {', '.join(FAULTS)}")
    if endpoint not in (*ENDPOINTS, "*"):
        raise ValueError(f"there is no endpoint {endpoint!r}; there are {', '.join(ENDPOINTS)}, and * for all")
    if equals:
        options.insert(0, f"{'http' if kind.startswith('status') else 'code'}={value}")
    fault = Fault(endpoint, kind)
    for option in options:
        name, value = option.split("=", 1) if "=" in option else ("times", option)
        if name not in _OPTIONS or not _OPTIONS[name][0].fullmatch(value):
            raise ValueError(f"{option!r} in {text!r} is no option; write a number of times, p=, ms=, http= or code=")
        fault = replace(fault, **{name: _OPTIONS[name][1](value)})
    return fault
