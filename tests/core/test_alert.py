"""Bodies as they arrive, and what becomes of them: fields, or a refusal that names the fault and its place."""

import json
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from executor.core.alert import MISSING, Format, Undecodable, as_number, decode, lookup, unreplaced

D = Decimal
SENTENCE = "Supertrend (10, 3, close): order sell @ 0.64 filled on ETHUSDT.P. New strategy position is -0.32"
REAL = json.loads((Path(__file__).parents[1] / "data/alerts.json").read_text())


def read(text, format=Format.AUTO):
    return decode(text.encode() if isinstance(text, str) else text, format)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ('{"a": "x", "b": 1.10, "c": -5}', {"a": "x", "b": D("1.10"), "c": D(-5)}),
        ('{"d": true, "e": null}', {"d": True, "e": None}),
        ('{"market position": {"size": [1, "2"]}}', {"market position": {"size": [D(1), "2"]}}),
        (b'\xef\xbb\xbf{"a":"x"}', {"a": "x"}),
        ('\r\n {"a":\r\n"x"}\r\n', {"a": "x"}),
        ('{"a": "\\u20ac{{close}}"}', {"a": "€{{close}}"}),
        ("{}", {}),
        ("a=1", {"a": "1"}),
        ("a = 1 ; b: 2;", {"a": "1", "b": "2"}),
        ("SYMBOL=ETHUSDT.P\r\nSIGNAL=SELL\r\n", {"SYMBOL": "ETHUSDT.P", "SIGNAL": "SELL"}),
        ("time=2026-11-20T09:00:01Z, url=https://x.y/?a=b", {"time": "2026-11-20T09:00:01Z", "url": "https://x.y/?a=b"}),
        ("note: a, b", {"note": "a, b"}),
        ("a=1;\nb=2;\n\n", {"a": "1", "b": "2"}),
        ("a=", {"a": ""}),
        ("Volume: 86305, Volume average: 37774.4", {"Volume": "86305", "Volume average": "37774.4"}),
        (
            SENTENCE,
            {
                "strategy": "Supertrend (10, 3, close)",
                "action": "sell",
                "contracts": D("0.64"),
                "ticker": "ETHUSDT.P",
                "position_size": D("-0.32"),
                "market_position": "short",
            },
        ),
    ],
)  # fmt: skip
def test_auto_finds_the_format(body, fields):
    assert read(body) == fields


@pytest.mark.parametrize(("size", "position"), [("0.32", "long"), ("-0.32", "short"), ("0", "flat"), ("-0", "flat")])
def test_the_default_sentence_says_the_position(size, position):
    text = f"A: order b: order buy @ 1 filled on X. New strategy position is {size}\n"
    assert read(text)["market_position"] == position
    assert read(text, Format.SENTENCE)["strategy"] == "A: order b"


@pytest.mark.parametrize(
    ("body", "words", "line", "column"),
    [
        ('{"a": 1,}', "trailing comma", 1, 9),
        ('{"a": [1, ]}', "trailing comma", 1, 11),
        ('{\n“action”: "sell"}', "typographic quotes", 2, 1),
        ('{"a": “sell”}', "typographic quotes", 1, 7),
        ('{"a": 1, // one\n"b": 2}', "a comment", 1, 10),
        ('{"a": 1 # one\n}', "a comment", 1, 9),
        ('{"a": ETHUSDT.P}', "a value without quotes", 1, 7),
        ("{a: 1}", "a name without quotes", 1, 2),
        ("{'a': 1}", "single quotes", 1, 2),
        ("{\"a\": 'x'}", "single quotes", 1, 7),
        ('{"a": "one\ntwo"}', "line break or tab inside a string", 1, 11),
        ('{"a": "Take "TP1""}', "unescaped quote", 1, 14),
        ('{"a": , "b": 1}', "a value is missing", 1, 7),
        ('{"a": }', "a value is missing", 1, 7),
        ('{"a": {{close}}}', "did not replace a {{placeholder}}", 1, 8),
        ('{"a": NaN}', "NaN is not a number", 1, 7),
        ('{"a": -Infinity}', "-Infinity is not a number", 1, 7),
        ('{"a": 1, "a": 2}', "the key 'a' stands twice", 1, 10),
        ('{"a": 1', "ends too early", 1, 8),
        ('{"a": "x', "no closing quote", 1, 7),
        ('{"a": 1} and more', "text after the end", 1, 10),
        ('{"a": "\\x"}', "a backslash", 1, 8),
        ('[{"a": 1}]', "a JSON list", 1, 1),
        ('{"a": 1e999999}', "beyond anything that is traded", 1, 7),
        ('{"a": %s}' % ("9" * 61), "more than 60 characters", 1, 7),
        ("a=1\nb=2\na=3", "the key 'a' stands twice", 3, 1),
        ("a=1\nwhat", "'what' is not key=value", 2, 1),
        ("BTCUSD Greater Than 9000", "is not key=value", 1, 1),
        ("licence,sell,ETHUSDT,risk=1", "is not key=value", 1, 1),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(body, words, line, column):
    with pytest.raises(Undecodable) as refused:
        read(body)
    assert words in str(refused.value)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert f"(line {line}, column {column})" in str(refused.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it is empty"),
        (b" \r\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"ab\xffc", "not UTF-8 at byte 3"),
    ],
)
def test_a_body_without_text_is_refused(body, words):
    with pytest.raises(Undecodable, match=words):
        read(body)


def test_an_explicit_format_tries_no_other():
    for format, body in ((Format.PAIRS, '{"a": 1}'), (Format.JSON, "a=1"), (Format.SENTENCE, "a=1")):
        with pytest.raises(Undecodable):
            read(body, format)


def test_a_pattern_yields_its_named_groups():
    format = Format.pattern(r"(?P<licence>\d+),(?P<action>buy|sell),(?P<ticker>\w+)(?:,risk=(?P<risk>[\d.]+))?")
    assert read("60123,sell,EURUSD\n", format) == {"licence": "60123", "action": "sell", "ticker": "EURUSD"}
    with pytest.raises(Undecodable, match="does not match the pattern"):
        read("60123,sell,EURUSD and more", format)


@pytest.mark.parametrize(
    ("regex", "words"), [("(?P<a>", "does not compile"), (r"\d+", "no named group"), (r"(?P<a>x)\1", "compile")]
)
def test_a_pattern_that_cannot_work_is_refused(regex, words):
    with pytest.raises(ValueError, match=words):
        Format.pattern(regex)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", "literal"),
        ("c.d", D(1)),
        ("c.e.1", "y"),
        ("c.e.2", MISSING),
        ("c.d.x", MISSING),
        ("x", MISSING),
        ("x.y", MISSING),
        ("", MISSING),
        ("n", None),
    ],
)
def test_a_literal_key_wins_over_a_dotted_path(path, found):
    fields = {"a.b": "literal", "a": {"b": "nested"}, "c": {"d": D(1), "e": ["x", "y"]}, "n": None}
    assert lookup(fields, path) == found


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (D("1.5"), D("1.5")),
        (" 1.50 ", D("1.5")),
        ("-2", D(-2)),
        ("1e3", D(1000)),
        ("", None),
        ("1,000", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e99", None),
        ("0x10", None),
        ("1_000", None),
        ("１", None),
        (".5", D("0.5")),
        ("1 2", None),
        (True, None),
        (None, None),
        (["1"], None),
        ("1" * 61, None),
    ],
)
def test_a_number_is_a_number_whatever_it_came_as(value, number):
    assert as_number(value) == number


def test_an_unreplaced_placeholder_is_found():
    assert unreplaced("price {{cl0se}} {{x}}") == "{{cl0se}}"
    assert unreplaced("{ {close} }") is None


HOSTILE = {
    "brackets": "[" * 160_000,
    "objects": '{"a":' * 32_000,
    "quotes": '{"a": "' + '\\"' * 79_000,
    "quotes in brackets": '{"a": [[[[[[[[[[[[[[[[[[[[[[' + '\\"' * 79_000,
    "keys": "{" + ",".join(f'"{n}":1' for n in range(15_000)) + "}",
    "digits": '{"a": ' + "9" * 159_000 + "}",
    "pairs": "\n".join(f"k{n}=1" for n in range(15_000)),
    "spaces": "a" + " " * 159_000 + "b",
    "keys that never end": "a" * 160_000,
    "sentences": "x: order buy @ " * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_answered_at_once(name):
    started = time.process_time()
    with suppress(Undecodable):
        read(HOSTILE[name])
    assert time.process_time() - started < 0.5


@given(st.binary(max_size=200) | st.text(alphabet="{}[]\":,=;.a1 \n\\-eE“'/#", max_size=60).map(str.encode))
@example(b'{"a":1e-99999999999}')
@example(b"{{}}")
@example(b'{"a" 1}')
def test_every_body_is_decoded_or_refused(body):
    for format in (Format.AUTO, Format.JSON, Format.PAIRS, Format.SENTENCE):
        try:
            found = decode(body, format)
        except Undecodable as refused:
            found = {"refused": str(refused)}
        assert isinstance(found, dict)


names = st.text(min_size=1, max_size=10)
leaves = st.none() | st.booleans() | st.text(max_size=10) | st.decimals(-(10**9), 10**9, places=4)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))


@given(st.dictionaries(names, values, max_size=5))
def test_json_comes_back_exactly(fields):
    text = json.dumps(_with_literals(fields), ensure_ascii=False)
    for number in _numbers(fields):
        text = text.replace(json.dumps(f"\0{number}"), str(number))
    assert read(text) == fields


def _with_literals(value):
    if isinstance(value, Decimal):
        return f"\0{value}"
    if isinstance(value, dict):
        return {key: _with_literals(item) for key, item in value.items()}
    return [_with_literals(item) for item in value] if isinstance(value, list) else value


def _numbers(value):
    if isinstance(value, Decimal):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item)


FAULT_OF_REAL = {
    "p003": "a comment",
    "p005": "NaN is not a number",
    "p006": "a value without quotes",
    "p011": "single quotes",
    "p032": "a comment",
    "p058": "typographic quotes",
    "p075": "is not key=value",
    "p098": "a comment",
    "p099": "a trailing comma",
    "p112": "line break or tab inside a string",
    "p114": "unescaped quote",
    "p116": "a value is missing",
    "p117": "did not replace a {{placeholder}}",
}
FOR_THE_RULES_TO_REFUSE = {"p031", "p035", "p063"}  # unreplaced inside strings, and a message against itself


@pytest.mark.parametrize("message", [m for m in REAL if m["malformed"]], ids=lambda message: message["id"])
def test_a_real_malformed_message_is_refused_with_its_cause(message):
    if message["id"] in FOR_THE_RULES_TO_REFUSE:
        assert read(message["body"])
        return
    with pytest.raises(Undecodable) as refused:
        read(message["body"])
    assert FAULT_OF_REAL[message["id"]] in str(refused.value)
