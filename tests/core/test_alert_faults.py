"""A body that cannot be read is refused with what is wrong, its place, and nothing of what it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.core.alert import Format, Undecodable, decode

SECRET = "Zq7-tops3cret-9f31"


def refusal(body, format=Format.AUTO):
    with pytest.raises(Undecodable) as refused:
        decode(body if isinstance(body, bytes) else body.encode(), format)
    return refused.value


def test_a_fault_far_on_is_told_without_its_place():
    text = '{"a": [' + "1, " * 1500 + "NaN]}"
    assert "NaN is not a number" in str(refusal(text))
    assert refusal(text).line is None


@pytest.mark.parametrize(
    ("body", "words", "line", "column"),
    [
        ('{"a": 1,}', "a trailing comma", 1, 8),
        ('{"a": [1, ]}', "a trailing comma", 1, 9),
        ('{"a": 1,\r\n}', "a trailing comma", 1, 8),
        ('{"a": 1,, "b": 2}', "a comma too many", 1, 9),
        ('{\n“action”: "sell"}', "typographic quotes", 2, 1),
        ('{"a": “sell”}', "typographic quotes", 1, 7),
        ('{"a": "sell”}', "typographic quotes", 1, 7),
        ('{"a": 1, // one\n"b": 2}', "a comment", 1, 10),
        ('{"a": 1 # one\n}', "a comment", 1, 9),
        ('{"a": 1} // one', "a comment", 1, 10),
        ('// mine [1]\n{"a": 1}', "a comment", 1, 1),
        ('# mine\n{"a": 1}', "a comment", 1, 1),
        ('{"a": ETHUSDT.P}', "a value without quotes", 1, 7),
        ('{"a": True}', "a value without quotes", 1, 7),
        ("{a: 1}", "a name without quotes", 1, 2),
        ("{'a': 1}", "single quotes", 1, 2),
        ("{\"a\": 'x'}", "single quotes", 1, 7),
        ('{"a": "one\ntwo"}', "line break or tab inside a string", 1, 11),
        ('{"a": "one\ttwo"}', "line break or tab inside a string", 1, 11),
        ('{"a": "Take "TP1""}', "an unescaped quote", 1, 14),
        ('{"a": "Take "1" now"}', "an unescaped quote", 1, 14),
        ('{"a": "b"\n"c": 1}', "a comma is missing", 2, 1),
        ('{"a": 1 "c": 1}', "a comma is missing", 1, 9),
        ('{"a" = 1}', "a colon is missing", 1, 6),
        ('{"a": , "b": 1}', "a value is missing", 1, 7),
        ('{"a": }', "a value is missing", 1, 7),
        ('{"a": .5}', "a number that JSON does not know", 1, 7),
        ('{"a": +5}', "a number that JSON does not know", 1, 7),
        ('{"a": 1.}', "a number that JSON does not know", 1, 8),
        ('{"a": 007}', "a number that JSON does not know", 1, 8),
        ('{"a": 3,127.45}', "a number that JSON does not know", 1, 9),
        ('{"a": [1}', "of the wrong kind", 1, 9),
        ('{{"a": 1}}', "a brace too many", 1, 2),
        ('{"a":\u00a01}', "an invisible character", 1, 6),
        ('{"a": 1,\u200b"b": 2}', "an invisible character", 1, 9),
        ('{"a": {{close}}}', "did not replace a {{placeholder}}", 1, 7),
        ('{"a": -{{close}}}', "did not replace a {{placeholder}}", 1, 7),
        ('{"a": [{{ plot("X") }}]}', "did not replace a {{placeholder}}", 1, 8),
        ('{"a": "{{plot("X")}}"}', "did not replace a {{placeholder}}", 1, 8),
        ("{{strategy.order.alert_message}}", "did not replace a {{placeholder}}", 1, 1),
        ('{"a": NaN}', "NaN is not a number", 1, 7),
        ('{"n": "NaN", "a": NaN, "b": "NaN"}', "NaN is not a number", 1, 19),
        ('{"a": -Infinity}', "-Infinity is not a number", 1, 7),
        ('{"a": 1, "a": 2}', "a key stands twice", 1, 10),
        ('{"b": {"a": 1}, "a": [1, {"a": 1, "\\u0061": "a"}], "n": "a"}', "a key stands twice", 1, 35),
        ('{"a": 1', "ends too early", 1, 8),
        ('{"a": [1, ', "ends too early", 1, 11),
        ('{"a": "x', "no closing quote", 1, 7),
        ('{"a": 1} and more', "text after the end", 1, 10),
        ('{"a": 1}}', "text after the end", 1, 9),
        ('{"a": "\\x"}', "a backslash", 1, 8),
        ('{"a": "\\\\\\ud83d\\ude00\\ud800"}', "stands for no character", 1, 22),
        ('{"a": "\\u0000"}', "stands for no character", 1, 8),
        ('[{"a": 1}]', "a JSON list", 1, 1),
        ('{"a": 1e999999}', "beyond anything that is traded", 1, 7),
        ('{"b": "1e99", "a": 1e99999999999999999999}', "beyond anything that is traded", 1, 20),
        ('{"a": %s}' % ("9" * 61), "more than 60 characters", 1, 7),
        ("a=1\nb=2\na=3, a=4", "this key stands twice", 3, 1),
        ("ba=a; a=1;  a=a; b=a", "this key stands twice", 1, 13),
        ("a=1\n  what", "is not key=value", 2, 3),
        ("secret=x,sell,EURUSD", "is not key=value", 1, 10),
        ("a=1; b", "is not key=value", 1, 6),
        ("note: a, b", "is not key=value", 1, 10),
        ("BTCUSD Greater Than 9000", "is not key=value", 1, 1),
        ("60123456789,sell,EURUSD,vol_lots=1", "is not key=value", 1, 1),
        ("a=1\0", "a NUL character", 1, 4),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(body, words, line, column):
    refused = refusal(body)
    assert words in str(refused)
    assert (refused.line, refused.column) == (line, column)
    assert f"(line {line}, column {column})" in str(refused)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it is empty"),
        (b" \r\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b";,;", "separators and no key=value"),
        (b"ab\xffc", "not UTF-8 at byte 3"),
        (b"\xff\xfe{\x00", "not UTF-8 at byte 1"),
        (b"\xef\xbb\xbfa=\xff", "not UTF-8 at byte 6"),
    ],
)
def test_a_body_without_text_is_refused(body, words):
    refused = refusal(body)
    assert words in str(refused)
    assert (refused.line, refused.column) == (None, None)


pieces = st.sampled_from(
    [SECRET, "{", "}", '"', ":", "=", ",", ";", "\n", " ", "1", "NaN", "// ", "{{", "}}", "'", "“", "a"]
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_a_refusal_holds_nothing_of_the_body(body):
    for format in (Format.AUTO, Format.JSON, Format.PAIRS, Format.SENTENCE):
        try:
            decode(body.encode(), format)
        except Undecodable as refused:
            assert SECRET[:4] not in str(refused) + repr(refused) + repr(vars(refused))  # noqa: PT017
