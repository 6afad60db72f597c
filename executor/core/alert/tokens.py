"""The tokens of a text that is meant to be JSON: its size before it is decoded, and the place of what is refused."""

import json
import re
from itertools import pairwise

from executor.core.alert.undecodable import Undecodable

MOST_DEPTH = 20
MOST_KEYS = 2000
MOST_COMMAS = 2 * MOST_KEYS  # between keys and list entries
# Strings, words and numbers, structure; linear whatever the text.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[-+.\w]++|[\[\]{}:,]', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<unwritable>u0000|u[dD][89a-fA-F]..)|.)",
    re.DOTALL,
)


def check_bounds(text: str) -> None:
    """Depth, keys and entries, before a decoder spends time or stack on them. Counted exactly where it could matter."""
    brackets, colons, commas = text.count("{") + text.count("["), text.count(":"), text.count(",")
    if brackets <= MOST_DEPTH and colons <= MOST_KEYS and commas <= MOST_COMMAS:
        return
    depth = keys = entries = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        keys += token[0] == ":"
        entries += token[0] == ","
        if depth > MOST_DEPTH:
            raise Undecodable(f"it is nested more than {MOST_DEPTH} deep; flatten it", text, token.start())
        if keys > MOST_KEYS or entries > MOST_COMMAS:
            raise Undecodable(f"it has more than {MOST_KEYS} keys or list entries; send fewer", text, token.start())


def check_escapes(text: str) -> None:
    """Refuses what no UTF-8 text and no database can hold: NUL, and one half of a surrogate pair."""
    if "\\u" not in text:
        return
    for escape in _ESCAPE.finditer(text):
        if escape["unwritable"]:
            raise Undecodable("an escape that stands for no character; remove it", text, escape.start())


def place_of_literal(text: str, literal: str) -> int:
    """Where a number or constant first stands outside a string."""
    return next((token.start() for token in _TOKEN.finditer(text) if token[0].startswith(literal)), 0)


def place_of_second_key(text: str) -> int:
    """Where the first key stands that its object already has. The text is valid JSON as far as there."""
    keys: list[set[str]] = []
    for token, following in pairwise(_TOKEN.finditer(text)):
        if token[0] in "[{":
            keys.append(set())
        elif token[0] in "]}":
            keys.pop()
        elif following[0] == ":":
            key = json.loads(token[0])
            if key in keys[-1]:
                return token.start()
            keys[-1].add(key)
    return 0
