"""Whatever the bytes: a body is decoded exactly or refused, and soon."""

import json
import time
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from executor.core.alert import Format, Undecodable, decode

FORMATS = (Format.AUTO, Format.JSON, Format.PAIRS, Format.SENTENCE)
SIZE = 160 * 1024  # the largest body the server reads

HOSTILE = {
    "brackets": "[" * SIZE,
    "braces": "{" * SIZE,
    "objects": '{"a":' * (SIZE // 5),
    "quotes": '{"a": "' + '\\"' * (SIZE // 2),
    "quotes in brackets": '{"a": [[[[[[[[[[[[[[[[[[[[[[' + '\\"' * (SIZE // 2),
    "keys": "{" + ",".join(f'"{n}":1' for n in range(15_000)) + "}",
    "a key twice": "{" + ",".join(f'"{n}":1' for n in range(1999)) + ',"1998":2}',
    "entries": '{"a": [' + "1," * (SIZE // 2),
    "digits": '{"a": ' + "9" * SIZE + "}",
    "exponent": '{"a": 1e' + "9" * SIZE + "}",
    "placeholders": '{"a": ' + "{{a" * 19 + " " * SIZE,
    "pairs": "\n".join(f"k{n}=1" for n in range(15_000)),
    "one line of pairs": "a=1;" * (SIZE // 4),
    "separators": ";" * SIZE,
    "spaces": "a" + " " * SIZE + "b",
    "blank lines first": "\n" * SIZE + "x",
    "spaces before a sentence": " " * SIZE + " New strategy position is ",
    "spaces after a sentence": "x: order buy @ 1 filled on X. New strategy position is 1" + " " * SIZE + "x",
    "a key that never ends": "a" * SIZE,
    "sentences": "x: order buy @ " * 10_000,
    "whole sentences": "x: order buy @ 1 filled on X. New strategy position is 1 " * 2800,
    "comments": "//" * (SIZE // 2),
    "many placeholders": "{{a}}" * (SIZE // 5),
    "brackets side by side": "[" + "[]" * (SIZE // 2),
    "brackets that only close": "{" + "]" * SIZE,
    "depth behind many strings": "{" + '""' * (SIZE // 2 - 20) + "[" * 30,
    "keys behind many words": "{" + "a " * (SIZE // 2 - 1100) + ":" * 2100,
    "an odd escape behind many": '{"a":"' + "\\n" * (SIZE // 2 - 10) + '\\u0000"}',
    "pairs of escapes": '{"a":"' + "\\ud83d\\ude00" * (SIZE // 12 - 2) + '"}',
    "a long key twice": "{" + ",".join(f'"{n:070}":1' for n in range(1999)) + f',"{0:070}":2}}',
    "no number behind many": '{"a":[' + ("1" * 37 + ",") * 3999 + "NaN]}",
    "almost sentences": ": order buy @ 1 filled on X. New strategy position is " * 3000,
    "a comment alone": "#" + " " * (SIZE - 1),
}
LARGEST = "{" + ",".join(f'"{n:070}":1' for n in range(2000)) + "}"  # of those that are taken


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_answered_at_once(name):
    body = HOSTILE[name].encode()
    started = time.process_time()
    for format in FORMATS:
        with suppress(Undecodable):
            decode(body, format)
    assert time.process_time() - started < 0.5  # milliseconds, but for a machine that is busy


def seconds(body, format):
    """The least of several times, of this thread alone."""
    times = []
    for _ in range(5):
        started = time.thread_time()
        with suppress(Undecodable):
            decode(body, format)
        times.append(time.thread_time() - started)
    return min(times)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_body_costs_much_more_than_the_largest_that_is_taken(name):
    body = HOSTILE[name].encode()[:SIZE]
    dearest = max(seconds(body, format) for format in FORMATS)
    assert dearest < 6 * seconds(LARGEST.encode(), Format.JSON)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"a":' * 20 + "1" + "}" * 20, None),
        ('{"a":' * 21 + "1" + "}" * 21, "nested more than 20 deep"),
        ('{"a": "%s"}' % ("[{" * 50), None),
        ('{"a": "%s"}' % ('\\\\\\"[{' * 50), None),
        ('{"a": [' + ",".join(["[]"] * 3998) + "]}", None),
        ('{"a": [' + ",".join(["[[]]"] * 2000) + "]}", "more than 4000 brackets"),
        ('{"a": "\\\\", "b": ' + "[" * 20 + "]" * 20 + "}", "nested more than 20 deep"),
        ("{" + ",".join(f'"{n}": ":"' for n in range(2000)) + "}", None),
        ("{" + ",".join(f'"{n}": 1' for n in range(2001)) + "}", "more than 2000 keys"),
        ('{"a": [' + ",".join("1" * 4001) + "]}", None),
        ('{"a": [' + ",".join("1" * 4002) + "]}", "more than 2000 keys or list entries"),
        ('{"a": %s}' % ("9" * 41), None),
        ('{"a": %s}' % ("9" * 42), "beyond anything that is traded"),
        ('{"a": 0.%s1}' % ("0" * 39), None),
        ('{"a": 0.%s1}' % ("0" * 40), "beyond anything that is traded"),
        ('{"a": 1.%s}' % ("0" * 58), None),
        ('{"a": 1.%s}' % ("0" * 59), "more than 60 characters"),
        ('{"a": 1e40}', None),
        ('{"a": 1E+41}', "beyond anything that is traded"),
        ('{"a": 1e-41}', "beyond anything that is traded"),
        ("\n".join(f"k{n}=1" for n in range(2000)), None),
        ("\n".join(f"k{n}=1" for n in range(2002)), "more than 2000 parts"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_the_limits_are_where_they_are_said_to_be(body, words):
    if words is None:
        assert decode(body.encode(), Format.AUTO)
        return
    with pytest.raises(Undecodable, match=words):
        decode(body.encode(), Format.AUTO)


@given(
    st.binary(max_size=200)
    | st.text(alphabet="{}[]\":,=;.a1 \n\\-eENu0d8“'/#", max_size=60).map(str.encode)
    | st.from_regex(r'\A\{"a": ?-?[0-9]{1,65}(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,25})?\}\Z').map(str.encode)
    | st.from_regex(r"\A(.{0,9}: order (buy|sell) @ \S{1,9} filled on \S+\. New strategy position is \S+)\Z").map(
        str.encode
    )
)
@example(b'{"a":1e99999999999999999999}')
@example(b'{"a":1e-99999999999}')
@example(b"{{}}")
@example(b'{"a" 1}')
def test_every_body_is_decoded_or_refused(body):
    for format in FORMATS:
        with suppress(Undecodable):
            assert is_writable(decode(body, format))


def is_writable(value):
    """Whether a value is made of the kinds of leaves that fields have, in text that UTF-8 and a database can hold."""
    if isinstance(value, dict):
        return all(is_writable(item) for pair in value.items() for item in pair)
    if isinstance(value, list):
        return all(map(is_writable, value))
    if isinstance(value, str):
        return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)
    return value is None or isinstance(value, bool) or (isinstance(value, Decimal) and value.is_finite())


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
names = texts.filter(len)
leaves = st.none() | st.booleans() | texts | st.decimals(-(10**9), 10**9, places=4)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))
objects = st.dictionaries(names, values, max_size=5)


def json_of(value):
    """JSON with Decimals as they are, which json.dumps does not know."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {json_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(json_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@given(objects)
def test_json_comes_back_exactly(fields):
    assert decode(json_of(fields).encode(), Format.AUTO) == fields


@given(objects, st.data())
def test_damaged_json_is_refused_exactly_if_json_refuses_it(fields, data):
    text = json_of({"ticker": "X", **fields})
    at = data.draw(st.integers(1, len(text)))
    damaged = (
        text[:at] + data.draw(st.sampled_from(["", '"', ",", "}", "]", "//", "{{", "“", "'", "\n"])) + text[at + 1 :]
    )
    try:
        expected = json.loads(damaged, object_pairs_hook=_without_duplicates, parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        expected = None
    if isinstance(expected, dict) and is_writable(expected):
        assert decode(damaged.encode(), Format.AUTO) == expected
        return
    with pytest.raises(Undecodable) as refused:
        decode(damaged.encode(), Format.AUTO)
    assert refused.value.line is not None
    assert "it is not valid JSON" not in str(refused.value)


def _without_duplicates(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


keys = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_.-]{0,9}\Z")
plain = st.from_regex(r"\A[A-Za-z0-9:=/?.@-]{0,12}\Z")


@given(
    st.dictionaries(keys, plain, min_size=1, max_size=6),
    st.sampled_from("=:"),
    st.sampled_from(["\n", "\r\n", ";", ", "]),
)
def test_pairs_come_back_exactly(fields, mark, separator):
    text = separator.join(f"{key}{mark} {value}" for key, value in fields.items())
    assert decode(text.encode(), Format.AUTO) == fields
    assert decode((text + separator).encode(), Format.PAIRS) == fields
