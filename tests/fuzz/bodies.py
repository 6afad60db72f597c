"""Bodies as strangers and broken senders might write them: real ones damaged, JSON of any shape, and plain noise."""

import json
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from tests.core.test_alert_limits import SIZE, json_of, objects

SECRETS = ("fuzzed-secret-Zk3", "31415926535897932384", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
REAL = [
    message["body"]
    for message in json.loads((Path(__file__).parents[1] / "data/alerts.json").read_text(encoding="utf-8"))
]
# What is stuffed into a body.
PIECES = [
    *('{"', '"}', "[", "]", ",", ":", "\\", "'", "“", "//", "\n", "\r\n", ";", "=", "\0", "\ufeff", "\u2028"),
    *("1e999999", "NaN", "9" * 61, "00", "-", "{{ticker}}", "{{ ''.__class__ }}", "{% for x in y %}", "__class__"),
    *("[" * 30, '{"a":' * 30, '"a":1,' * 10, "a=1;" * 10, " " * 100),
]
# What stands for a value in JSON.
LITERALS = [
    *("1e999999", "-1e-999999", "1e99999999999999999999", "NaN", "-Infinity", "9" * 61, "007", "0.5", "[]", "{}"),
    *("[" * 30 + "]" * 30, "[" * 50_000, "9" * 100_000, "[" + "1," * 5000 + "1]", '{"b":{"b":{"b":[{"b":1}]}}}'),
    *('"\\ud800"', '"\\u0000"', '"\\u0066uzzed-secret-Zk3"', '{"a":1,"a":2}', '"{{ticker}}"', '"long"', "null"),
    *("3.1415926535897932384e19", "31415926535897932384", "31415926535897932384.50"),
]
#   where a secret may stand beside its own field
PLACES = [
    lambda secret: secret,
    lambda secret: Decimal(secret) if secret.isdigit() else secret,
    lambda secret: {secret: [[{"a": secret}]]},
    lambda secret: f"https://example.com/hook/tradingview/{secret}?a=b",
]


def mostly(good, *odd):
    """One value, and now and then something else: else hardly anything would come through."""
    return st.one_of(st.just(good), st.just(good), st.just(good), *odd)


pieces = st.sampled_from(PIECES)
pieces_and_secrets = pieces | st.sampled_from(SECRETS)


@st.composite
def damaged(draw):
    """A real alert with a few parts cut out, doubled or replaced."""
    text = draw(st.sampled_from(REAL))
    for _ in range(draw(st.integers(0, 4))):
        start, length = draw(st.integers(0, len(text))), draw(st.integers(0, 9))
        text = text[:start] + draw(pieces_and_secrets | st.just("") | st.just(text[start:])) + text[start + length :]
    return text


@st.composite
def inflated(draw):
    """As long as a body may be."""
    piece = draw(pieces_and_secrets | st.text(min_size=1, max_size=9))
    return draw(st.sampled_from(["", "{", '{"a": "', "a="])) + piece * (SIZE // len(piece.encode()))


@st.composite
def with_secrets(draw):
    """JSON with a secret in its field and once more somewhere else, and one odd value."""
    secret, name = draw(st.sampled_from(SECRETS)), draw(st.sampled_from(["ticker", "market_position"]) | st.text())
    fields = draw(objects) | {"secret": secret, name: draw(st.sampled_from(PLACES))(secret), "a": "@"}
    return json_of(fields).replace('"@"', draw(st.just('"long"') | st.sampled_from(LITERALS)), 1)


def encoded(text):
    return text.encode("utf-8", "surrogatepass")


readable = (with_secrets() | st.sampled_from(REAL)).map(encoded)
noise = (damaged() | inflated() | st.lists(pieces_and_secrets | st.text(max_size=9)).map("".join)).map(encoded)
bodies = readable | noise | st.binary(max_size=300)
