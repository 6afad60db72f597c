"""Bodies as they arrive, and the fields they become; the fields, and how rules reach them."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from executor.core.alert import MISSING, Alert, Format, Undecodable, as_number, decode, lookup, unreplaced

D = Decimal
SENTENCE = "Supertrend (10, 3, close): order sell @ 0.64 filled on ETHUSDT.P. New strategy position is -0.32"


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
        ("note: a, b\nrisk: 1", {"note": "a, b", "risk": "1"}),
        ("a=1; note=x, y;", {"a": "1", "note": "x, y"}),
        ("a=1, url=https://x.y/?b=2;c=3, d=4", {"a": "1", "url": "https://x.y/?b=2;c=3", "d": "4"}),
        ("方向=空\nTâche: 1", {"方向": "空", "Tâche": "1"}),
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
    ("number", "means"), [("5e-8", D("5e-8")), ("0.", D(0)), ("1,000", None), ("NaN", None), ("{{x}}", None)]
)
def test_the_numbers_of_the_default_sentence_are_numbers_or_it_is_refused(number, means):
    text = f"A: order buy @ 1 filled on X. New strategy position is {number}"
    if means is not None:
        assert read(text)["position_size"] == means
        return
    with pytest.raises(Undecodable, match="this number of TradingView's default message is none"):
        read(text)


@pytest.mark.parametrize(
    ("format", "body", "words"),
    [
        (Format.PAIRS, '{"a": 1}', "is not key=value"),
        (Format.PAIRS, SENTENCE, "it is TradingView's default message"),
        (Format.JSON, "a=1", "start it with {"),
        (Format.JSON, SENTENCE, "start it with {"),
        (Format.SENTENCE, "a=1", "it is not TradingView's default message"),
        (Format.SENTENCE, '{"a": 1}', "it is not TradingView's default message"),
    ],
)
def test_an_explicit_format_tries_no_other(format, body, words):
    with pytest.raises(Undecodable, match=words):
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


def test_an_alert_knows_its_digest():
    received = datetime(2026, 11, 20, 9, tzinfo=UTC)
    alert = Alert.of("tradingview", {"a": "1"}, received, b"a=1", "msg_1")
    assert alert == Alert("tradingview", {"a": "1"}, received, hashlib.sha256(b"a=1").hexdigest(), "msg_1")


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
