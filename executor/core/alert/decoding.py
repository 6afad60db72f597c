"""From a body's bytes to its fields, in the format the sender has, or in whichever it turns out to be."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from executor.core.alert.fields import Fields
from executor.core.alert.json_body import decode_json
from executor.core.alert.pairs import decode_pairs
from executor.core.alert.sentence import decode_sentence
from executor.core.alert.undecodable import Undecodable

_OPENS_LIKE_JSON = re.compile(r"\s*+(?:(?://|/\*|#)[^{\[]*+)?[{\[]")  # a comment may stand first: the refusal names it


class Kind(StrEnum):
    AUTO = "auto"
    JSON = "json"
    PAIRS = "pairs"
    SENTENCE = "sentence"
    PATTERN = "pattern"


@dataclass(frozen=True)
class Format:
    """How a sender writes its alerts: AUTO, JSON, PAIRS, SENTENCE, or a pattern with named groups."""

    kind: Kind
    regex: Any = None

    AUTO: ClassVar[Self]
    JSON: ClassVar[Self]
    PAIRS: ClassVar[Self]
    SENTENCE: ClassVar[Self]

    @classmethod
    def pattern(cls, regex: str) -> Self:
        """A regular expression in RE2's syntax (linear time) that must match the whole body; its named groups are the
        fields. ValueError says what is wrong with it.
        """
        import re2  # only where a pattern is used: it takes 3 MB

        options = re2.Options()
        options.log_errors = False
        options.dot_nl = True
        try:
            compiled = re2.compile(regex, options)
        except re2.error as error:
            said = error.args[0].decode("utf-8", "replace")  # re2 gives its message as bytes
            raise ValueError(f"the pattern does not compile: {said}") from None
        if not compiled.groupindex:
            raise ValueError("the pattern has no named group, so it yields no field: write (?P<name>…)")
        return cls(Kind.PATTERN, compiled)


Format.AUTO, Format.JSON = Format(Kind.AUTO), Format(Kind.JSON)
Format.PAIRS, Format.SENTENCE = Format(Kind.PAIRS), Format(Kind.SENTENCE)


def decode(body: bytes, format: Format) -> Fields:
    """The body's fields. Raises Undecodable, and nothing else for any bytes."""
    text = _text(body)
    match format.kind:
        case Kind.JSON:
            return decode_json(text)
        case Kind.PAIRS:
            return decode_pairs(text)
        case Kind.SENTENCE:
            return _sentence(text)
        case Kind.PATTERN:
            return _by_pattern(format.regex, text)
        case _:
            return _whichever(text)


def _text(body: bytes) -> str:
    try:
        text = body.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Undecodable(f"it is not UTF-8 at byte {error.start + 1}; send plain text") from None
    if not text.strip():
        raise Undecodable("it is empty; write the alert's message")
    if "\0" in text:
        raise Undecodable("a NUL character, as in UTF-16; send plain UTF-8 text", text, text.index("\0"))
    return text


def _whichever(text: str) -> Fields:
    """What opens like JSON is JSON or refused; the default sentence is unmistakable, and no pairs."""
    if _OPENS_LIKE_JSON.match(text):
        return decode_json(text)
    return decode_sentence(text) or decode_pairs(text)


def _sentence(text: str) -> Fields:
    fields = decode_sentence(text)
    if fields is None:
        raise Undecodable(
            "it is not TradingView's default message (…: order sell @ 1 filled on X. New strategy position is -1)"
        )
    return fields


def _by_pattern(regex: Any, text: str) -> Fields:
    found = regex.fullmatch(text.strip())
    if not found:
        raise Undecodable("it does not match the pattern that config.yaml gives for this sender")
    return {name: value for name, value in found.groupdict().items() if value is not None}
