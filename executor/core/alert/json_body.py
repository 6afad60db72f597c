"""JSON bodies: exact numbers, no duplicate keys, bounded depth, and a precise word on what is wrong."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from executor.core.alert.faults import diagnose
from executor.core.alert.fields import LARGEST_EXPONENT, LONGEST_NUMBER, Fields
from executor.core.alert.undecodable import Undecodable

MOST_DEPTH = 20
MOST_KEYS = 2000
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}:]', re.DOTALL)  # linear whatever the text


class _Refused(Exception):
    """A value json itself would take; told with its place by decode_json."""

    def __init__(self, reason: str, literal: str) -> None:
        super().__init__(reason)
        self.reason, self.literal = reason, literal


def decode_json(text: str) -> Fields:
    """The fields of a JSON object. Raises Undecodable."""
    _check_bounds(text)
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise diagnose(text, error) from None
    except _Refused as error:
        raise Undecodable(error.reason, text, max(0, text.rfind(error.literal))) from None
    if not isinstance(found, dict):
        raise Undecodable("it is a JSON list or a single value; send one object, {…}, per alert", text, 0)
    return found


def _check_bounds(text: str) -> None:
    """Depth and keys, before a decoder spends time or stack on them. Counted exactly only where it could matter."""
    if text.count("{") + text.count("[") <= MOST_DEPTH and text.count(":") <= MOST_KEYS:
        return
    depth = keys = 0
    for token in _STRUCTURE.finditer(text):
        character = token[0]
        depth += (character in "[{") - (character in "]}")
        keys += character == ":"
        if depth > MOST_DEPTH:
            raise Undecodable(f"it is nested more than {MOST_DEPTH} deep; flatten it", text, token.start())
        if keys > MOST_KEYS:
            raise Undecodable(f"it has more than {MOST_KEYS} keys; send fewer", text, token.start())


def _number(literal: str) -> Decimal:
    if len(literal) > LONGEST_NUMBER:
        raise _Refused(f"a number has more than {LONGEST_NUMBER} characters", literal)
    number = Decimal(literal)
    if abs(number.adjusted()) > LARGEST_EXPONENT:
        raise _Refused(f"the number {literal} is beyond anything that is traded", literal)
    return number


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not a number; the plot or variable behind it had no value (na): test it in Pine", name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"the key {twice!r} stands twice; keep one", json.dumps(twice, ensure_ascii=False))
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_constant)
