"""Parses values of the exchange's rows. A value that is not clear is never guessed."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from executor.bitget.envelope import milliseconds
from executor.bitget.server_clock import from_milliseconds
from executor.errors import ReadError

T = TypeVar("T")
Row = Mapping[str, Any]
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,2})?", re.ASCII)


class Unclear(ReadError):
    """A row lacks a value, or has one that is not clear."""


def rows(data: object) -> tuple[Row, ...]:
    if not isinstance(data, list) or not {dict}.issuperset(map(type, data)):
        raise Unclear(f"expected a list of rows, found {str(data)[:80]!r}")
    return tuple(data)


def listed(data: object, name: str) -> tuple[Row, ...]:
    """The rows of `data[name]`, which is null when there are none."""
    if not isinstance(data, Mapping) or name not in data:
        raise Unclear(f"expected {name}, found {str(data)[:80]!r}")
    return rows(data[name]) if data[name] is not None else ()


def text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise Unclear(f"{name} is {value!r} instead of a text")
    return value


def word(row: Row, name: str) -> str:
    """Empty where the exchange leaves it out."""
    value = row.get(name)
    return "" if value is None else str(value)


def choice(row: Row, name: str, words: Mapping[str, T]) -> T:
    value = row.get(name)
    if not isinstance(value, str) or value not in words:
        raise Unclear(f"{name} is {value!r} instead of {' or '.join(words)}")
    return words[value]


def number(row: Row, name: str) -> Decimal:
    value = row.get(name)
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise Unclear(f"{name} is {str(value)[:40]!r} instead of a number")
    return Decimal(str(value))


def optional_number(row: Row, name: str) -> Decimal | None:
    """None where the exchange leaves the field out or empty."""
    return None if row.get(name) in (None, "") else number(row, name)


def moment(row: Row, name: str) -> datetime:
    found = milliseconds(row.get(name))
    if not found:
        raise Unclear(f"{name} is {row.get(name)!r} instead of a time in milliseconds")
    return from_milliseconds(found)
