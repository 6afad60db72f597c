"""What values in rules can ask: the relations of two values, as `when` understands them, and the tests of one."""

from collections.abc import Callable, Mapping
from typing import Any

from executor.core.alert import as_number
from executor.core.values.comparing import as_moment, canonical, distance, shown
from executor.core.values.errors import ValueRefused
from executor.core.values.functions import Absent, given, text


def _same(left: Any, right: Any) -> bool:
    one, other = canonical(left), canonical(right)
    return left == right if one is None and other is None else one == other


def _contains(entry: Any, whole: Any) -> bool:
    if isinstance(whole, list):
        return any(_same(entry, other) for other in whole)
    return text(entry) in (whole if isinstance(whole, Mapping) else text(whole))


def _order(left: Any, right: Any) -> int:
    for limit in (as_number(right), as_moment(right)):
        if limit is not None and (order := distance(left, limit)) is not None:
            return order
    raise ValueRefused(f"{shown(left)} and {shown(right)} are not both numbers: neither is the greater one")


RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _same,
    "ne": lambda left, right: not _same(left, right),
    "gt": lambda left, right: _order(left, right) > 0,
    "gteq": lambda left, right: _order(left, right) >= 0,
    "lt": lambda left, right: _order(left, right) < 0,
    "lteq": lambda left, right: _order(left, right) <= 0,
    "in": _contains,
    "notin": lambda left, right: not _contains(left, right),
}

TESTS: Mapping[str, Callable[[Any], bool]] = {
    "defined": lambda value: not isinstance(value, Absent),
    "undefined": lambda value: isinstance(value, Absent),
    "none": lambda value: given(value) is None,
}
