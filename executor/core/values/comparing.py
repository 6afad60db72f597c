"""When two values are the same, which one is greater, and how a value is shown to people."""

from collections.abc import Hashable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from executor.core.alert import MISSING, as_number, unreplaced

SHOWN_CHARACTERS = 80


def canonical(value: Any) -> Hashable | None:
    """What stands for a value wherever it is compared: equal values have equal ones. None for lists, mappings and null.

    Numbers and text that is a number become a Decimal, booleans the text `true` or `false` (also when they arrive as
    `True`), other text is stripped.
    """
    number = as_number(value)
    if number is not None:
        return number
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value.strip()
        return text.lower() if text.lower() in {"true", "false"} else text
    return value.isoformat() if isinstance(value, datetime) else None


def missing(value: Any) -> bool:
    """Whether a value says nothing: not there, null, or a placeholder that TradingView did not replace."""
    return value is MISSING or value is None or (isinstance(value, str) and unreplaced(value) is not None)


def distance(found: Any, expected: Decimal | datetime) -> int | None:
    """Whether `found` is below (-1), at (0) or above (1) a number or a moment; None if it is no such thing."""
    comparable = as_number(found) if isinstance(expected, Decimal) else as_moment(found)
    if comparable is None:
        return None
    return int(comparable > expected) - int(comparable < expected)  # type: ignore[operator]  # both of one kind by now


def as_moment(value: Any) -> datetime | None:
    """An aware datetime, or ISO 8601 text that names its time zone, as a datetime."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo else None


def shown(value: Any) -> str:
    """A value as an error or a trace shows it: text in quotes, and never more than 80 characters."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return cut(f"{value:f}")
        case str():
            return cut(repr(value[:SHOWN_CHARACTERS]))
        case list():
            return f"a list of {len(value)}"
        case Mapping():
            return "a group of fields"
        case _:
            return "missing" if value is MISSING else str(value)


def cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
