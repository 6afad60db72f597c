"""JSON bodies: exact numbers, no duplicate keys, bounded depth, and a precise word on what is wrong."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from executor.core.alert.faults import diagnose
from executor.core.alert.fields import LARGEST_EXPONENT, LONGEST_NUMBER, Fields, as_number
from executor.core.alert.tokens import check_bounds, check_escapes, place_of_literal, place_of_second_key
from executor.core.alert.undecodable import Undecodable


class _LiteralRefused(Exception):
    """A number or constant that json itself would take."""

    def __init__(self, reason: str, literal: str) -> None:
        super().__init__(reason)
        self.reason, self.literal = reason, literal


class _KeyTwice(Exception):
    """An object has one key twice; json itself would take the last."""


def decode_json(text: str) -> Fields:
    """The fields of a JSON object. Raises Undecodable."""
    check_bounds(text)
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise diagnose(text, error) from None
    except _LiteralRefused as error:
        raise Undecodable(error.reason, text, place_of_literal(text, error.literal)) from None
    except _KeyTwice:
        raise Undecodable("a key stands twice in one object; keep one", text, place_of_second_key(text)) from None
    if not isinstance(found, dict):
        raise Undecodable("it is a JSON list or a single value; send one object, {…}, per alert", text, 0)
    check_escapes(text)
    return found


def _number(literal: str) -> Decimal:
    number = as_number(literal)
    if number is not None:
        return number
    if len(literal) > LONGEST_NUMBER:
        raise _LiteralRefused(f"a number has more than {LONGEST_NUMBER} characters; round it in Pine", literal)
    raise _LiteralRefused(
        f"a number beyond anything that is traded (its exponent passes {LARGEST_EXPONENT}); test it in Pine", literal
    )


def _constant(name: str) -> NoReturn:
    raise _LiteralRefused(
        f"{name} is not a number; the plot or variable behind it had no value (na): test it in Pine", name
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _KeyTwice
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_constant)
