"""Messages that real services send: read as they are, or refused with what is wrong in them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from executor.core.alert import Format, Undecodable, decode, unreplaced

ALERTS = json.loads((Path(__file__).parents[1] / "data/alerts.json").read_text(encoding="utf-8"))
BODIES = {alert["id"]: alert["body"].encode() for alert in ALERTS}

# What is neither JSON, pairs nor the default message is read by a pattern: (pattern, messages, fields of the first).
PATTERNS = [
    (r"ENTER-(?P<side>LONG|SHORT)_[^_]+_(?P<ticker>[^_]+)_.*", "p033 p034", {"side": "LONG", "ticker": "ETHUSDT"}),
    (
        r"(?P<key>\w+)\((?P<ticker>\w+)\) \{ market\((?P<order>[^)]*)\); \}\n#bot",
        "p038 p039",
        {"key": "MyKeys", "ticker": "XBTUSD", "order": "side=buy, amount=100"},
    ),
    (
        r"(?:NC |ENTRY )?(?P<side>LONG|SHORT) .*?s=(?P<ticker>\S+) .*",
        "p040 p041 p052",
        {"side": "LONG", "ticker": "BTC-PERPETUAL"},
    ),
    (
        r"c=order t=open\n(?:c=position b=\w+ t=market\n?)+(?:delay=\d+\nb=(?P<side>\w+) .*)?",
        "p042 p043",
        {"side": "short"},
    ),
    (
        r"(?P<licence>\w+),(?P<command>[a-z]+),(?P<ticker>\w+)(?:,.*)?",
        "p044 p045 p046 p047",
        {"licence": "60123456789", "command": "buy", "ticker": "AUDUSD"},
    ),
    (
        r"(?P<password>\w+)\n(?P<position>long|short|flat) (?P<ticker>\w+) q=(?P<size>[\d.]+).*",
        "p048 p049",
        {"password": "PasswordTest", "position": "long", "ticker": "BTCUSD", "size": "0.1"},
    ),
    (
        r"(?P<key>[^|]+)\|(?P<strategy>[^|]+)\|(?P<side>\w+)\|(?P<ticker>\w+)",
        "p050",
        {"key": "your_bva_key", "strategy": "your strategy name", "side": "sell", "ticker": "BTCUSDT"},
    ),
    (
        r"(?P<stub>\w+):cancelall .*\n\w+:(?P<side>long|short) size=(?P<size>[\d.]+) symbol=(?P<ticker>\w+).*",
        "p051",
        {"stub": "mystub", "side": "short", "size": "123", "ticker": "BTCUSD"},
    ),
    (
        r"(?P<ticker>\S+), (?P<interval>\w+) - (?P<side>Buy|Sell) Signal",
        "p056 p057",
        {"ticker": "HYPEUSDT.P", "interval": "1D", "side": "Buy"},
    ),
    (
        r"(?://.*?\n)?(?P<account>\S+) (?P<ticker>\S+) (?P<command>pos|buy|sell|close) (?P<size>[-\d.]+[@$%]?)(?: .*)?",
        "p064 p065 p066 p067 p068 p069 p070",
        {"account": "myKucoinA", "ticker": "ETHUSDT.P", "command": "pos", "size": "-0.32"},
    ),
    (
        r"(?P<ticker>\S+)\nBuy zone (?P<low>[\d.]+)-(?P<high>[\d.]+)\nSell .*\nStop (?P<stop>[\d.]+)",
        "p084",
        {"ticker": "BTC/USDT", "low": "60000", "high": "60500", "stop": "58500"},
    ),
    (
        r"(?:(?P<side>buy|sell) (?P<size>[\d.]+) (?P<ticker>\S+) @ .*|(?P<notice>\w+ Greater Than .*|\".*\"!))",
        "p109 p107 p111",
        {"side": "buy", "size": "0.32", "ticker": "ETHUSDT.P"},
    ),
]
BY_PATTERN = {name for _, names, _ in PATTERNS for name in names.split()}
LISTS = {"p018"}
NOT_JSON: dict[str, dict] = {
    "p053": {"relay_id": "1min", "action": "sell", "market_position": "short", "out_of_sync": "flatten"},
    "p054": {"type_of_signal": "open", "connector_secret": "abc123", "pair": "ICP-USDT-SWAP", "amount": "1000"},
    "p055": {"type_of_signal": "close", "connector_secret": "abc123", "pair": "ICP-USDT-SWAP"},
    "p071": {"EXCHANGE": "BITGET", "SYMBOL": "ETHUSDT.P", "SIGNAL": "SELL"},
    "p072": {"SYMBOL": "ETHUSDT.P", "SIGNAL": "BUY", "VOLUME": "20q", "BOT_ID": "123"},
    "p073": {"SYMBOL": "SOLUSDC", "SIGNAL": "SELL", "VOLUME": "3", "REDUCE_ONLY": "true", "BOT_ID": "123"},
    "p074": {"EXCHANGE": "binance", "PRICE": "10%", "SIGNAL": "SELL", "TOKEN": "YOUR_TOKEN"},
    "p102": {"strategy": "Supertrend Strategy (10, 3)", "ticker": "ETHUSDT.P", "market_position": "short"},
    "p103": {"action": "sell", "contracts": Decimal("0.32"), "market_position": "flat"},
    "p104": {"action": "buy", "position_size": Decimal("0.32"), "market_position": "long"},
    "p110": {"Volume": "86305", "Volume average": "37774.433333333334"},
    "p120": {"Status": "running"},
}

FAULTS = {
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
# Well-formed, and wrong in what they say: the rules refuse them where they use it.
FOR_THE_RULES = {"p031": "{{timenow}}", "p063": "{{cl0se}}", "p035": None}

MALFORMED = {alert["id"] for alert in ALERTS if alert["malformed"]}


def test_every_message_is_accounted_for():
    assert set(FAULTS) | set(FOR_THE_RULES) == MALFORMED
    assert not (BY_PATTERN | LISTS) & MALFORMED
    assert len(PATTERNS) <= 12


@pytest.mark.parametrize("name", FAULTS)
def test_a_malformed_message_is_refused_with_its_cause(name):
    with pytest.raises(Undecodable) as refused:
        decode(BODIES[name], Format.AUTO)
    assert FAULTS[name] in str(refused.value)
    assert refused.value.line is not None


@pytest.mark.parametrize(("name", "placeholder"), FOR_THE_RULES.items())
def test_a_message_that_is_wrong_in_what_it_says_is_read(name, placeholder):
    fields = decode(BODIES[name], Format.AUTO)
    found = [unreplaced(value) for value in fields.values() if isinstance(value, str)]
    assert next(filter(None, found), None) == placeholder


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_is_refused(name):
    with pytest.raises(Undecodable, match="it is a JSON list"):
        decode(BODIES[name], Format.AUTO)


@pytest.mark.parametrize("name", sorted(BODIES.keys() - MALFORMED - BY_PATTERN - LISTS))
def test_a_message_is_read_without_being_told_its_format(name):
    fields = decode(BODIES[name], Format.AUTO)
    if BODIES[name].startswith(b"{"):
        assert fields == json.loads(BODIES[name], parse_float=Decimal, parse_int=Decimal)
    else:
        assert fields.items() >= NOT_JSON[name].items()


@pytest.mark.parametrize(("pattern", "names", "fields"), PATTERNS)
def test_a_message_of_another_shape_is_read_by_a_pattern(pattern, names, fields):
    first, *others = (decode(BODIES[name], Format.pattern(pattern)) for name in names.split())
    assert first == fields
    assert all(other.keys() <= Format.pattern(pattern).regex.groupindex.keys() for other in others)
