"""Why a text is not JSON, in the words of a person who wrote an alert message. One row a fault."""

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from executor.core.alert.undecodable import Undecodable

TYPOGRAPHIC = "“”„‟‘’‚«»"
WHITE_SPACE = " \t\r\n"  # JSON knows no other
_PLACEHOLDER = re.compile(r"[+-]?\{\{\s*[A-Za-z_][^{}]{0,200}\}\}")
_TRAILING_COMMA = re.compile(r",\s*[}\]]")
_NEXT_FIELD = re.compile(r'"[^"]*"\s*:')
_NUMBER = re.compile(r"\A[+.]*[0-9]")
_BROKEN_NUMBER = re.compile(r"[0-9],?[.0-9]\Z")


class Spot(NamedTuple):
    """Where the decoder gave up: its words, the rest of the text from there, and what stands before."""

    message: str
    rest: str
    before: str

    @property
    def last(self) -> str:
        """The last character before the spot that is not white space."""
        return self.before.rstrip()[-1:]

    @property
    def around(self) -> str:
        """The character at the spot and the two before it."""
        return self.before[-2:] + self.rest[:1]

    def said(self, words: str) -> bool:
        return self.message.startswith(words)


def _odd_number(spot: Spot) -> bool:
    """+5, .5, 1., 007 and 3,127: json stops before such a number or in the middle of it."""
    pattern, text = (_NUMBER, spot.rest) if spot.said("Expecting value") else (_BROKEN_NUMBER, spot.around)
    return pattern.search(text) is not None


#   does it apply? → what is wrong and what to do. The first that applies; `rest` is empty for the row that says so only
FAULTS: list[tuple[Callable[[Spot], bool], str]] = [
    (
        lambda spot: bool(_PLACEHOLDER.match(spot.rest)),
        "TradingView did not replace a {{placeholder}}: it does so in the alert's own message field only, never in "
        "Pine's alert(), and only for names it knows",
    ),
    (
        lambda spot: spot.said("Unterminated string") and any(quote in spot.rest for quote in TYPOGRAPHIC),
        'typographic quotes; this string opens with a straight one and must close with one (")',
    ),
    (lambda spot: spot.said("Unterminated string"), "a string has no closing quote, or the message was cut off"),
    (lambda spot: not spot.rest, "it ends too early: a closing quote or brace is missing, or it was cut off"),
    (lambda spot: spot.rest[0] in TYPOGRAPHIC, 'typographic quotes; type straight ones ("), some editors change them'),
    (lambda spot: spot.rest.startswith(("//", "/*", "#")), "a comment; JSON has none: remove it"),
    (
        lambda spot: spot.rest[0] in "}]," and spot.last in (":", "["),
        "a value is missing; the placeholder there came out empty, or was never written",
    ),
    (lambda spot: bool(_TRAILING_COMMA.match(spot.rest)), "a trailing comma; remove it before the closing brace"),
    (lambda spot: spot.rest[0] == ",", "a comma too many; remove it"),
    (lambda spot: spot.rest[0] in "'`", 'single quotes; JSON wants double ones (")'),
    (
        lambda spot: spot.said("Invalid control character"),
        "a line break or tab inside a string, or no closing quote before it; write \\n for a line break",
    ),
    (lambda spot: spot.said("Invalid \\"), "a backslash inside a string; write \\\\ for one"),
    (
        lambda spot: spot.rest[0].isspace() or not spot.rest[0].isprintable(),
        "an invisible character that is no plain space, often copied along from a page; delete it",
    ),
    (lambda spot: not spot.before.strip(), "it is not a JSON object; start it with {"),
    (lambda spot: spot.said("Extra data"), "there is text after the end of the JSON; remove it"),
    (lambda spot: spot.rest[0] == "{" and spot.last == "{", "a brace too many; an object opens with one {"),
    (lambda spot: spot.said("Expecting ':'"), "a colon is missing between a name and its value"),
    (
        _odd_number,
        "a number that JSON does not know; write it as 0.5 or 1250.75: no +, no bare dot, no leading zeros, no commas",
    ),
    (lambda spot: spot.rest[0] in "}]", "a closing brace or bracket of the wrong kind; close what was opened last"),
    (
        lambda spot: spot.said("Expecting ','") and (spot.last != '"' or bool(_NEXT_FIELD.match(spot.rest))),
        "a comma is missing between two values",
    ),
    (lambda spot: spot.said("Expecting ','"), 'an unescaped quote inside a string; write \\" for it, or leave it out'),
    (lambda spot: spot.said("Expecting property name"), 'a name without quotes; write it in double quotes (")'),
    (
        lambda spot: spot.said("Expecting value"),
        'a value without quotes; put text and placeholders for text in double quotes (")',
    ),
]


def diagnose(text: str, error: json.JSONDecodeError) -> Undecodable:
    """The refusal for a text that json could not decode."""
    position = _place(text, error)
    spot = Spot(error.msg, text[position:], text[:position])
    words = next((words for applies, words in FAULTS if applies(spot)), f"it is not valid JSON: {error.msg}")
    return Undecodable(words, text, position)


def _place(text: str, error: json.JSONDecodeError) -> int:
    """Where the fault begins; json gives the place where it noticed, and not the same one in every Python."""
    noticed = error.pos
    for placeholder in _PLACEHOLDER.finditer(text, max(0, noticed - 200), noticed + 200):
        if placeholder.start() <= noticed < placeholder.end():
            return placeholder.start()
    if not error.msg.startswith(("Expecting", "Extra data")):
        return noticed
    position = len(text) - len(text[noticed:].lstrip(WHITE_SPACE))
    before = text[:position].rstrip(WHITE_SPACE)
    return len(before) - 1 if text[position : position + 1] in ("}", "]") and before.endswith(",") else position
