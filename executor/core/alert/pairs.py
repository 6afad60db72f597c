"""Bodies of `key=value` or `key: value`: one a line, or all in one line between semicolons or commas."""

import re
from typing import NamedTuple

from executor.core.alert.fields import Fields
from executor.core.alert.sentence import is_sentence
from executor.core.alert.undecodable import Undecodable

MOST_PAIRS = 2000
_KEY = re.compile(r"[^\W\d][\w. -]{0,63}")
_MARK = re.compile("[=:]")
_LINES = re.compile(r"[^\r\n]+")
_SEPARATED = {";": re.compile("[^;]+"), ",": re.compile("[^,]+")}


class Part(NamedTuple):
    """A piece of the text, and the pair that it is; `key` is None if it is not a pair."""

    start: int
    text: str
    key: str | None
    value: str


def decode_pairs(text: str) -> Fields:
    """The pairs, all values as text. Raises Undecodable at the first part that is not a pair."""
    if is_sentence(text):
        raise Undecodable("it is TradingView's default message; set this sender's format to auto or sentence")
    if max(map(text.count, "\r\n;,")) > MOST_PAIRS:
        raise Undecodable(f"it has more than {MOST_PAIRS} parts; send fewer")
    fields: dict[str, str] = {}
    for part in _parts(text):
        if part.key is None:
            raise Undecodable(
                "this part is not key=value or key: value; write every part so, one a line, or send JSON",
                text,
                part.start,
            )
        if part.key in fields:
            raise Undecodable("this key stands twice; keep one", text, part.start)
        fields[part.key] = part.value
    if not fields:
        raise Undecodable("it holds separators and no key=value between them; write the alert's message")
    return fields


def _parts(text: str) -> list[Part]:
    """The lines; of a single line, what its separators divide it into. Of two kinds, one that leaves only pairs."""
    lines = _pieces(_LINES, text, 0)
    if len(lines) != 1:
        return lines
    line = lines[0]
    divisions = [_pieces(pieces, line.text, line.start) for mark, pieces in _SEPARATED.items() if mark in line.text]
    return max(divisions, key=lambda parts: (all(part.key for part in parts), len(parts)), default=lines)


def _pieces(pieces: re.Pattern[str], text: str, start: int) -> list[Part]:
    found = [(piece.start(), piece[0].rstrip(" \t;,")) for piece in pieces.finditer(text)]
    return [_part(start + at + len(piece) - len(piece.lstrip()), piece.strip()) for at, piece in found if piece.strip()]


def _part(start: int, text: str) -> Part:
    mark = _MARK.search(text)
    key = text[: mark.start()].rstrip() if mark else ""
    if not mark or not _KEY.fullmatch(key):
        return Part(start, text, None, "")
    return Part(start, text, key, text[mark.end() :].lstrip())
