"""Why a text is not JSON, in the words of somebody who wrote an alert message. One row a fault."""

import json
from collections.abc import Callable
from typing import NamedTuple

from executor.core.alert.undecodable import Undecodable

TYPOGRAPHIC = "“”„‟‘’‚«»"
OPENERS = ":,[{"


class Spot(NamedTuple):
    """Where the decoder gave up: its words, the rest of the text from there, and what stands before."""

    message: str
    rest: str
    before: str

    @property
    def last(self) -> str:
        """The last character before the spot that is not white space."""
        return self.before.rstrip()[-1:]


#   does it apply? → what is wrong and what to do
FAULTS: list[tuple[Callable[[Spot], bool], str]] = [
    (
        lambda spot: spot.rest.startswith("{{") or (spot.rest.startswith("{") and spot.last == "{"),
        "TradingView did not replace a {{placeholder}}: it does so in the alert's own message field only, never in "
        "Pine's alert(), and only for names it knows",
    ),
    (lambda spot: not spot.rest.strip(), "it ends too early: a closing quote or brace is missing, or it was cut off"),
    (lambda spot: spot.rest[0] in TYPOGRAPHIC, 'typographic quotes; type straight ones ("), some editors change them'),
    (lambda spot: spot.rest.startswith(("//", "/*", "#")), "a comment; JSON has none: remove it"),
    (
        lambda spot: spot.rest[0] in "}]" and spot.last == ",",
        "a trailing comma; remove it before the closing brace",
    ),
    (lambda spot: spot.message.startswith("Illegal trailing comma"), "a trailing comma; remove it"),
    (
        lambda spot: spot.rest[0] in "}]," and spot.last in (":", "["),
        "a value is missing; the placeholder there came out empty, or was never written",
    ),
    (lambda spot: spot.rest[0] == "'", 'single quotes; JSON wants double ones (")'),
    (
        lambda spot: spot.message.startswith("Invalid control character"),
        "a line break or tab inside a string; write \\n instead, or leave it out",
    ),
    (lambda spot: spot.message.startswith("Invalid \\"), "a backslash inside a string; write \\\\ for one"),
    (lambda spot: spot.message.startswith("Extra data"), "there is text after the end of the JSON; remove it"),
    (
        lambda spot: spot.last == '"' and spot.message.startswith("Expecting ',"),
        'an unescaped quote inside a string; write \\" for it, or leave it out (or a comma is missing)',
    ),
    (
        lambda spot: spot.message.startswith("Expecting property name"),
        'a name without quotes; write it in double quotes (")',
    ),
    (
        lambda spot: spot.message.startswith("Expecting value"),
        'a value without quotes; put text and placeholders for text in double quotes (")',
    ),
]


def diagnose(text: str, error: json.JSONDecodeError) -> Undecodable:
    """The refusal for a text that json could not decode."""
    position = error.pos
    if error.msg.startswith("Unterminated string"):
        return Undecodable("a string has no closing quote, or the message was cut off", text, position)
    while position < len(text) and text[position].isspace() and "control character" not in error.msg:
        position += 1
    spot = Spot(error.msg, text[position:], text[:position])
    for applies, words in FAULTS:
        if applies(spot):
            return Undecodable(words, text, position)
    return Undecodable(f"it is not valid JSON: {error.msg}", text, position)
