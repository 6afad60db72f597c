"""A proven sender's fields as rules, the ledger and logs may see them: without any secret."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from executor.core.alert import MISSING, Fields, lookup
from executor.core.sender.model import Sender

REDACTED = "<secret>"


def as_text(value: Any) -> str | None:
    """Text, or a number as its digits: a secret of digits may stand without quotes."""
    if isinstance(value, str):
        return value
    return f"{value:f}" if isinstance(value, Decimal) else None


def without_secrets(fields: Fields, sender: Sender) -> Fields:
    """A proven sender's fields as rules may see them."""
    cleaned = _redacted(fields, sender.secrets + sender.foreign_secrets)
    return _without(cleaned, sender.secret_field) if sender.secret_field else cleaned


def _redacted(value: Any, secrets: tuple[str, ...]) -> Any:
    """The same value with every text or number that holds a secret replaced."""
    text = value if isinstance(value, str) else as_text(value)  # nearly all are
    if text is not None:
        for secret in secrets:  # any() over a generator takes three times as long, for every field
            if secret in text:
                return REDACTED
        return value
    if isinstance(value, Mapping):
        return {_redacted(key, secrets): _redacted(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, secrets) for item in value]
    return value


def _without(fields: Fields, path: str) -> Fields:
    """The fields without what `lookup` finds at the path. A list's entry leaves its place behind."""
    if path in fields:
        return {key: value for key, value in fields.items() if key != path}
    head, _, rest = path.partition(".")
    inner = fields.get(head)
    if isinstance(inner, Mapping):
        return {**fields, head: _without(inner, rest)}
    if isinstance(inner, list) and lookup(inner, rest) is not MISSING:
        entries = _without({str(index): entry for index, entry in enumerate(inner)}, rest)
        return {**fields, head: [entries.get(str(index)) for index in range(len(inner))]}
    return fields
