"""What values in rules can call: filters (`{{ ticker | upper }}`), written as methods too (`{{ ticker.upper() }}`).

One row each. None of them can run long: text stays below LONGEST characters and lists below MOST parts.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from executor.core.alert import as_number
from executor.core.values.arithmetic import number, plain, rounded
from executor.core.values.comparing import canonical, shown
from executor.core.values.errors import ValueRefused

LONGEST = 200_000  # characters; the longest alert has 160 KiB
MOST = 2_000  # parts
PLACES = 20  # decimal places, either way


@dataclass(frozen=True, slots=True)
class Absent:
    """A field that the alert does not have. Only `default` and `is defined` take it."""

    path: str


@dataclass(frozen=True, slots=True)
class Function:
    """A filter: `call(value, *arguments)`, and what it gives in one sentence."""

    name: str
    sentence: str
    call: Callable[..., Any]
    takes_absent: bool = False

    def accepts(self, positional: int, named: Mapping[str, Any]) -> bool:
        """Whether this number of arguments after the value, and these named ones, fit."""
        try:
            inspect.signature(self.call).bind(*[None] * (positional + 1), **named)
        except TypeError:
            return False
        return True


def given(value: Any) -> Any:
    """A value that is there; else ValueRefused naming the field."""
    if isinstance(value, Absent):
        raise ValueRefused(f"the alert has no field {shown(value.path)}")
    return value


def text(value: Any) -> str:
    """A value as text; numbers without exponent. ValueRefused for lists, mappings, null and what is not there."""
    match given(value):
        case str() as already:
            return already
        case Decimal() as decimal:
            return f"{decimal:f}"
        case bool() as yes:
            return "true" if yes else "false"
        case None:
            raise ValueRefused("a field it uses is null")
        case Mapping() | list():
            raise ValueRefused(f"it uses {shown(value)}, where one text or number is needed")
        case moment:
            return str(moment.isoformat())


def truth(value: Any) -> bool:
    """Whether a value counts as true. Text that says `false` or `0` is false, as the boolean and the number are."""
    if (count := as_number(given(value))) is not None:
        return bool(count)
    return canonical(value) not in {"", "false"} if isinstance(value, str) else bool(value)


def joined(values: list[Any]) -> str:
    """Texts one after another; ValueRefused if that grows too long."""
    return _bounded("".join(map(text, values)))


def _bounded(result: str) -> str:
    if len(result) > LONGEST:
        raise ValueRefused(f"the text grows beyond {LONGEST:,} characters")
    return result


def _default(value: Any, fallback: Any = "", also_false: Any = False) -> Any:
    """The fallback may itself be absent: `{{ a | default(b) | default(c) }}`."""
    if isinstance(value, Absent) or value is None:
        return fallback
    return fallback if truth(also_false) and not truth(value) else value


def _replace(value: Any, old: Any, new: Any) -> str:
    whole, before, after = text(value), text(old), text(new)
    if not before:
        raise ValueRefused("replace needs a text to look for")
    if len(whole) + whole.count(before) * (len(after) - len(before)) > LONGEST:
        raise ValueRefused(f"the text grows beyond {LONGEST:,} characters")
    return whole.replace(before, after)


def _split(value: Any, separator: Any = None) -> list[str]:
    mark = None if separator is None else text(separator)
    if mark == "":
        raise ValueRefused("split needs a text to split at")
    parts = text(value).split(mark, MOST)
    if len(parts) > MOST:
        raise ValueRefused(f"the text splits into more than {MOST:,} parts")
    return parts


_ROUNDING = {"common": ROUND_HALF_UP, "floor": ROUND_FLOOR, "ceil": ROUND_CEILING}


def _round(value: Any, places: Any = Decimal(0), method: Any = "common") -> Decimal:
    digits, way = number(places), _ROUNDING.get(text(method))
    if way is None or digits != digits.to_integral_value() or abs(digits) > PLACES:
        raise ValueRefused(f"round takes up to {PLACES} whole places and one of {', '.join(_ROUNDING)}")
    return rounded(number(value), int(digits), way)


def _end(place: int) -> Callable[[Any], Any]:
    def end(value: Any) -> Any:
        whole = value if isinstance(value, list) else text(value)
        return whole[place] if whole else Absent("first" if place == 0 else "last")

    return end


def _length(value: Any) -> Decimal:
    return Decimal(len(value if isinstance(value, list | Mapping) else text(value)))


FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for function in (
        Function("upper", "the text in capitals", lambda value: _bounded(text(value).upper())),
        Function("lower", "the text in small letters", lambda value: _bounded(text(value).lower())),
        Function("trim", "the text without white space around it", lambda value: text(value).strip()),
        Function("strip", "as trim, by its name in Python", lambda value: text(value).strip()),
        Function("replace", "the text with one part replaced everywhere: replace('BINANCE:', '')", _replace),
        Function("split", "a list of the text's parts: split(',')", _split),
        Function("startswith", "whether the text starts so", lambda value, start: text(value).startswith(text(start))),
        Function("endswith", "whether the text ends so", lambda value, end: text(value).endswith(text(end))),
        Function("default", "the value, or another one if the alert has none: default('all')", _default, True),
        Function("string", "the value as text", text),
        Function("float", "the number that a text is, exactly", number),
        Function("int", "the number without its fraction", lambda value: plain(rounded(number(value), 0, ROUND_DOWN))),
        Function("round", "the number rounded to decimal places, a half away from zero: round(2, 'floor')", _round),
        Function("abs", "the number without its sign", lambda value: number(value).copy_abs()),
        Function("length", "how many characters, parts or fields there are", _length),
        Function("first", "the first character or part", _end(0)),
        Function("last", "the last character or part", _end(-1)),
    )
}
