"""An alert's fields, and how rules reach them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Self

Fields = Mapping[str, Any]  # leaves: str, Decimal, bool, None, list, dict

LONGEST_NUMBER = 60  # characters; no trade has more digits
LARGEST_EXPONENT = 40
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
_PLACEHOLDER = re.compile(r"\{\{[^{}]{0,200}\}\}")


class Missing(Enum):
    """What a lookup finds where there is nothing. Not None: null is a value."""

    MISSING = "nothing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Alert:
    """A proven sender's alert. `fields` hold no credential; `digest` is the SHA-256 of the body, in hexadecimal.

    `message_id` is what a signed alert is known by when it comes again.
    """

    sender: str
    fields: Fields
    received_at: datetime
    digest: str
    message_id: str | None = None

    @classmethod
    def of(cls, sender: str, fields: Fields, received_at: datetime, body: bytes, message_id: str | None = None) -> Self:
        return cls(sender, fields, received_at, hashlib.sha256(body).hexdigest(), message_id)


def lookup(fields: Any, path: str) -> Any:
    """The value at a dotted path, else MISSING. A literal key wins; digits count into lists, from 0."""
    if isinstance(fields, Mapping) and path in fields:
        return fields[path]
    head, dot, rest = path.partition(".")
    if not dot:
        return _item(fields, head)
    found = _item(fields, head)
    return MISSING if found is MISSING else lookup(found, rest)


def as_number(value: Any) -> Decimal | None:
    """A Decimal, or text that is exactly one finite number of sane size; else None. A bool is no number."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return None
    found = _NUMBER.fullmatch(value.strip())
    number = Decimal(found[0]) if found else None
    return number if number is not None and abs(number.adjusted()) <= LARGEST_EXPONENT else None


def unreplaced(text: str) -> str | None:
    """The first placeholder `{{…}}` that TradingView did not replace, or None."""
    found = _PLACEHOLDER.search(text) if "{{" in text else None
    return found[0] if found else None


def _item(container: Any, key: str) -> Any:
    if isinstance(container, Mapping):
        return container.get(key, MISSING)
    if isinstance(container, list) and key.isascii() and key.isdigit() and len(key) < 6 and int(key) < len(container):
        return container[int(key)]
    return MISSING
