"""The operators of `when`: one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from executor.core.alert import MISSING, as_number
from executor.core.values import as_moment, canonical, distance, missing

Held = bool | None  # None: unknown, so neither the condition nor its negation holds


class Unfit(ValueError):
    """What the YAML expects is nothing that the operator can compare with. The text says what would be right."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare.

    `prepare` turns what the YAML says into what `holds` compares with, or raises Unfit; `phrase` says what
    was expected, with the YAML's words for `{}`.
    """

    name: str
    phrase: str
    prepare: Callable[[Any], Any]
    holds: Callable[[Any, Any], Held]


def _exact(expected: Any) -> Any:
    """A number from YAML as the Decimal that it was written as."""
    return Decimal(repr(expected)) if type(expected) in (int, float) else expected


def _scalar(expected: Any) -> frozenset[Any]:
    if (one := canonical(_exact(expected))) is None:
        raise Unfit("takes one text, number or true/false; for a field that is not there write {exists: false}")
    return frozenset({one})


def _list(expected: Any) -> frozenset[Any]:
    if not isinstance(expected, list | tuple) or not expected:
        raise Unfit("takes a list of at least one value, such as [long, short]")
    return frozenset().union(*map(_scalar, expected))


def _limit(expected: Any) -> Decimal | datetime:
    for limit in (as_number(_exact(expected)), as_moment(expected)):
        if limit is not None:
            return limit
    raise Unfit("takes a number, or a time such as 2026-11-20T09:00:00Z")


def _pattern(expected: Any) -> Any:
    if not isinstance(expected, str):
        raise Unfit("takes a regular expression, in quotes")
    import re2  # only where a pattern is used: it takes 3 MB

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expected, options)
    except re2.error as error:
        raise Unfit(f"the regular expression cannot be used: {_sentence(error)}") from None


def _sentence(error: Exception) -> str:
    """re2 gives its message as bytes."""
    message = error.args[0] if error.args else error
    return message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)


def _yes_or_no(expected: Any) -> bool:
    if not isinstance(expected, bool):
        raise Unfit("takes true or false")
    return expected


def _present(found: Any, expected: bool) -> Held:
    return (found is not MISSING and found is not None) is expected


def _matches(found: Any, expected: Any) -> Held:
    text = found.strip() if isinstance(found, str) else canonical(found)
    if text is None:
        return None
    readable = f"{text}".encode("utf-8", "replace").decode()  # half a surrogate pair is no text to RE2
    return expected.search(readable) is not None


def _known(holds: Callable[[Any, Any], Held]) -> Callable[[Any, Any], Held]:
    """Missing data answers no operator."""
    return lambda found, expected: None if missing(found) else holds(found, expected)


def _compared(verdict: Callable[[int], bool]) -> Callable[[Any, Any], Held]:
    def holds(found: Any, expected: Any) -> Held:
        compared = distance(found, expected)
        return None if compared is None else verdict(compared)

    return _known(holds)


def _is_one(found: Any, expected: frozenset[Any]) -> Held:
    return canonical(found) in expected


def _is_none(found: Any, expected: frozenset[Any]) -> Held:
    return canonical(found) not in expected


EQ = Operator("eq", "{}", _scalar, _known(_is_one))
IN = Operator("in", "one of {}", _list, _known(_is_one))

OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        EQ,
        IN,
        Operator("ne", "anything but {}", _scalar, _known(_is_none)),
        Operator("not_in", "none of {}", _list, _known(_is_none)),
        Operator("gt", "more than {}", _limit, _compared(lambda compared: compared > 0)),
        Operator("ge", "{} or more", _limit, _compared(lambda compared: compared >= 0)),
        Operator("lt", "less than {}", _limit, _compared(lambda compared: compared < 0)),
        Operator("le", "{} or less", _limit, _compared(lambda compared: compared <= 0)),
        # Found anywhere in the text, unless the expression itself says ^ or $; in linear time (RE2).
        Operator("matches", "text matching {}", _pattern, _known(_matches)),
        Operator("exists", "exists: {}", _yes_or_no, _present),
    )
}
