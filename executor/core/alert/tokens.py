"""The tokens of a text that is meant to be JSON: its size before it is decoded, and the place of what is refused.

The client is not proven yet, so the work is bounded: a long text is counted in a few quick passes over all of it, and
only the first tokens are walked one by one.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice, pairwise

from executor.core.alert.undecodable import Undecodable

MOST_DEPTH = 20
MOST_KEYS = 2000
MOST_COMMAS = 2 * MOST_KEYS  # between keys and list entries
MOST_BRACKETS = MOST_COMMAS  # that open, and that close
MOST_WALKED = 2000  # tokens; a fault further on is reported without its place
# Strings, words and numbers, structure; linear whatever the text.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[-+.\w]++|[\[\]{}:,]', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^\[\]{}]++")
_HIGH, _LOW = r"\\u[dD][89abAB]..", r"\\u[dD][c-fC-F].."
_HALF_A_PAIR = re.compile(rf"\\u[dD](?:[89abAB]..(?!{_LOW})|[c-fC-F]..(?<!{_HIGH}{_LOW}))", re.DOTALL)


def check_bounds(text: str) -> None:
    """Depth, keys and entries, before a decoder spends time or stack on them. Counted exactly where it could matter."""
    if not _may_be_too_much(text):
        return
    structure = _without_strings(text)
    if structure.count(":") > MOST_KEYS or structure.count(",") > MOST_COMMAS:
        raise Undecodable(f"it has more than {MOST_KEYS} keys or list entries; send fewer")
    opening, closing = (sum(map(structure.count, kind)) for kind in ("[{", "]}"))
    if opening > MOST_BRACKETS or closing > MOST_BRACKETS:
        raise Undecodable(f"it has more than {MOST_BRACKETS} brackets and braces; send fewer")
    if opening > MOST_DEPTH and _depth(structure) > MOST_DEPTH:
        raise Undecodable(f"it is nested more than {MOST_DEPTH} deep; flatten it", text, _place_of_depth(text))


def check_escapes(text: str) -> None:
    """Refuses what no UTF-8 text and no database can hold: NUL, and one half of a surrogate pair. The text is JSON."""
    if "\\u" not in text:
        return
    escapes = text.replace("\\\\", "  ")  # each backslash left begins one
    nul, half = escapes.find("\\u0000"), _HALF_A_PAIR.search(escapes)
    places = [place for place in (nul, half.start() if half else -1) if place >= 0]
    if places:
        raise Undecodable("an escape that stands for no character; remove it", text, min(places))


def _may_be_too_much(text: str) -> bool:
    brackets, colons, commas = text.count("{") + text.count("["), text.count(":"), text.count(",")
    return brackets > MOST_DEPTH or colons > MOST_KEYS or commas > MOST_COMMAS


def _without_strings(text: str) -> str:
    """As far as it is JSON, all of it that stands outside strings."""
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    return "".join(text.split('"')[::2])


def _depth(structure: str) -> int:
    depth = deepest = 0
    for bracket in _NO_BRACKETS.sub("", structure):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return islice(_TOKEN.finditer(text), MOST_WALKED)


def _place_of_depth(text: str) -> int | None:
    depth = 0
    for token in _tokens(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > MOST_DEPTH:
            return token.start()
    return None


def place_of_literal(text: str, literal: str) -> int | None:
    """Where a number or constant first stands outside a string."""
    return next((token.start() for token in _tokens(text) if token[0].startswith(literal)), None)


def place_of_second_key(text: str) -> int | None:
    """Where the first key stands that its object already has. The text is valid JSON as far as there."""
    keys: list[set[str]] = []
    for token, following in pairwise(_tokens(text)):
        if token[0] in "[{":
            keys.append(set())
        elif token[0] in "]}":
            keys.pop()
        elif following[0] == ":":
            key = json.loads(token[0])
            if key in keys[-1]:
                return token.start()
            keys[-1].add(key)
    return None
