"""Bodies of `key=value` or `key: value`, one a line or separated by semicolons or commas."""

import re

from executor.core.alert.fields import Fields
from executor.core.alert.undecodable import Undecodable

_PAIR = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_. -]{0,63}?)\s*[=:]\s*(.*?)\s*", re.DOTALL)
MOST_PAIRS = 2000


def decode_pairs(text: str) -> Fields:
    """The pairs, all values as text. Raises Undecodable naming the first part that is none."""
    parts = _parts(text)
    if len(parts) > MOST_PAIRS:
        raise Undecodable(f"it has more than {MOST_PAIRS} pairs; send fewer")
    fields: dict[str, str] = {}
    for part in parts:
        found = _PAIR.fullmatch(part)
        if not found:
            raise Undecodable(f"{part.strip()[:40]!r} is not key=value or key: value", text, text.find(part.strip()))
        if found[1] in fields:
            raise Undecodable(f"the key {found[1]!r} stands twice; keep one", text, text.rfind(found[1]))
        fields[found[1]] = found[2]
    return fields


def _parts(text: str) -> list[str]:
    """Split at whatever separates pairs only; a value may hold separators of the other kinds."""
    lines = [line.strip().rstrip(";,") for line in text.splitlines() if line.strip(" \t;,")]
    if len(lines) != 1:
        return lines
    for separator in ";,":
        parts = [part for part in lines[0].split(separator) if part.strip()]
        if len(parts) > 1 and all(map(_PAIR.fullmatch, parts)):
            return parts
    return lines
