"""What values come out as, and that nothing but text ever comes of them."""

import time
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from executor.core.values import FUNCTIONS, LONGEST, BadValue, ValueRefused, compile_value
from tests.core.rules.examples import alert

FIELDS: dict[str, Any] = {
    "ticker": "ETHUSDT.P",
    "contracts": "0.64",
    "close": Decimal("1834.20"),
    "big": Decimal("1E+3"),
    "tiny": Decimal("1E-8"),
    "position_size": "-0.32",
    "market position": "long",
    "strategy": {"order": {"action": "buy"}, "items": "three", "legs": ["a", "b"]},
    "strategy.order.id": "TP 1",
    "legs": ["a", {"b": "c"}],
    "message": " licence,sell,ETHUSDT ",
    "is_long": "False",
    "done": True,
    "nothing": None,
    "blank": "",
    "left": "{{strategy.market_position}}",
    "sender": "somebody else",
    "alert": "stop",
    "items": "an item",
}


def rendered(source: str, fields: dict[str, Any] | None = None) -> str:
    return compile_value(source).render(alert(FIELDS if fields is None else fields))


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("ETHUSDT", "ETHUSDT"),
        (" 25% ", "25%"),
        ("{{ ticker }}", "ETHUSDT.P"),
        ("  {{ticker}}  ", "ETHUSDT.P"),
        ("{{ exchange | default('BITGET') }}:{{ ticker }}", "BITGET:ETHUSDT.P"),
        # fields
        ('{{ alert["market position"] }}', "long"),
        ("{{ alert.ticker }}", "ETHUSDT.P"),
        ("{{ strategy.order.action }}", "buy"),
        ("{{ strategy['order'].action }}", "buy"),
        ("{{ strategy.order.id }}", "TP 1"),  # a literal key wins, as in `when`
        ("{{ strategy.items }}", "three"),  # a field, not a method
        ("{{ items }}", "an item"),
        ("{{ strategy.legs[1] }}", "b"),
        ("{{ strategy.legs[-1] }}", "b"),
        ("{{ legs.1.b }}", "c"),
        ("{{ legs[3 - 2].b }}", "c"),
        ("{{ sender }}", "tradingview"),
        ("{{ alert.sender }}", "somebody else"),
        ("{{ alert.alert }}", "stop"),
        ("{{ received }}", "2026-11-20T09:00:05+00:00"),
        # numbers, exactly
        ("{{ close }}", "1834.20"),
        ("{{ big }}", "1000"),
        ("{{ tiny }}", "0.00000001"),
        ("{{ contracts * 0.5 }}", "0.32"),
        ("{{ contracts + contracts }}", "1.28"),
        ("{{ 0.1 + 0.2 }}", "0.3"),
        ("{{ 1_000.50 }}", "1000.5"),
        ("{{ 1 * '0.1234567890123456789' }}", "0.1234567890123456789"),
        ("{{ close - 1834 }}", "0.2"),
        ("{{ 1 / 4 }}", "0.25"),
        ("{{ contracts / 3 }}", "0.213333333333333333"),
        ("{{ 2 / 3 }}", "0.666666666666666667"),
        ("{{ -position_size }}", "0.32"),
        ("{{ +contracts }}", "0.64"),
        ("{{ 0 * -1 }}", "0"),
        ("{{ -7 // 2 }} {{ 7 // -2 }} {{ 7 // 2 }} {{ -8 // 2 }}", "-4 -4 3 -4"),
        ("{{ -7 % 2 }} {{ 7 % -2 }} {{ 7 % 2 }}", "1 -1 1"),
        ("{{ 100 * big }}", "100000"),
        ("{{ close * 1.5 | round }}", "3668.4"),
        ("{{ (close * 1.5) | round }}", "2751"),
        # text
        ("{{ ticker ~ '-' ~ close }}", "ETHUSDT.P-1834.20"),
        ("{{ ticker[:7] }}", "ETHUSDT"),
        ("{{ ticker[-2:] }}", ".P"),
        # choices
        ("{{ 'long' if position_size > 0 else 'short' }}", "short"),
        ("{{ 'long' if is_long else 'short' }}", "short"),  # text that says False is false
        ("{{ 'yes' if done else 'no' }}", "yes"),
        ("{{ 'yes' if '0.0' else 'no' }}", "no"),
        ("{{ 'yes' if legs else 'no' }}", "yes"),
        ("{{ 'yes' if not blank else 'no' }}", "yes"),
        ("{{ blank or ticker }}", "ETHUSDT.P"),
        ("{{ ticker and 'x' }}", "x"),
        ("{{ blank and 'x' or 'y' }}", "y"),
        ("{{ 'x' if size is defined and size > 0 else 'y' }}", "y"),
        ("{{ 'x' if size is not defined else 'y' }}", "x"),
        ("{{ 'x' if size is undefined or size > 0 else 'y' }}", "x"),
        ("{{ 'x' if nothing is none else 'y' }}", "x"),
        ("{{ 'x' if contracts == 0.640 else 'y' }}", "x"),
        ("{{ 'x' if contracts != 0.64 else 'y' }}", "y"),
        ("{{ 'x' if 0 < contracts <= 0.64 else 'y' }}", "x"),
        ("{{ 'x' if 0 < contracts < 0.64 else 'y' }}", "y"),
        ("{{ 'x' if close >= 1834.2 else 'y' }}", "x"),
        ("{{ 'x' if received > '2026-11-20T09:00:00Z' else 'y' }}", "x"),
        ("{{ 'x' if contracts in [0.64, -1] else 'y' }}", "x"),
        ("{{ 'x' if ticker not in ['a'] else 'y' }}", "x"),
        ("{{ 'x' if '.P' in ticker else 'y' }}", "x"),
        ("{{ 'x' if 'order' in strategy else 'y' }}", "x"),
        ("{{ 'x' if legs == legs and legs != strategy else 'y' }}", "x"),
        ("{% if contracts > 1 %}25%{% elif contracts > 0.5 %}50%{% else %}all{% endif %}", "50%"),
        ("{% if contracts > 1 %}25%{% endif %}all", "all"),
        ("{% set half = contracts / 2 %}{% if half %}{{ half }}{% endif %}", "0.32"),
        ("{% set s = strategy %}{{ s.order.action }}", "buy"),
        ("{# why #}{{ ticker }}{% raw %}%{% endraw %}", "ETHUSDT.P%"),
        # filters, each also as a method
        ("{{ 'a' | upper }}{{ 'a'.upper() }}", "AA"),
        ("{{ ticker | lower }}", "ethusdt.p"),
        ("{{ message | trim }}", "licence,sell,ETHUSDT"),
        ("{{ message.strip() }}", "licence,sell,ETHUSDT"),
        ("{{ ticker | replace('.P', '') }}", "ETHUSDT"),
        ("{{ message.split(',')[1] }}", "sell"),
        ("{{ message.split()[0] }}", "licence,sell,ETHUSDT"),
        ("{{ message | split(',') | last | trim }}", "ETHUSDT"),
        ("{{ ticker | first }}", "E"),
        ("{{ 'perp' if ticker.endswith('.P') else 'spot' }}", "perp"),
        ("{{ 'eth' if ticker.startswith('ETH') else 'other' }}", "eth"),
        ("{{ size | default('all') }}", "all"),
        ("{{ nothing | default('all') }}", "all"),
        ("{{ size | default(amount) | default(contracts) }}", "0.64"),
        ("{{ blank | default('all') }}x", "x"),
        ("{{ blank | default('all', true) }}", "all"),
        ("{{ a.b.c | default(ticker) }}", "ETHUSDT.P"),
        ("{{ close | string }}", "1834.20"),
        ("{{ contracts | float }}", "0.64"),
        ("{{ '-1.9' | int }}", "-1"),
        ("{{ 2.5 | round }} {{ -2.5 | round }}", "3 -3"),
        ("{{ close | round(-2) }}", "1800"),
        ("{{ contracts | round(1, 'ceil') }} {{ contracts | round(1, method='floor') }}", "0.7 0.6"),
        ("{{ position_size | abs }}", "0.32"),
        ("{{ ticker | length }} {{ legs | length }} {{ strategy | length }}", "9 2 3"),
        ("{{ done }}", "true"),
    ],
)
def test_a_value_comes_out_as(source: str, result: str) -> None:
    assert rendered(source) == result


def test_every_function_has_its_row_above() -> None:
    marks = test_a_value_comes_out_as.pytestmark  # type: ignore[attr-defined]  # pytest's own
    sources = " ".join(source for source, _ in marks[0].args[1])
    assert [name for name in FUNCTIONS if f"| {name}" not in sources and f".{name}(" not in sources] == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ size }}", "the alert has no field 'size'"),
        ("{{ strategy.order.price }}", "the alert has no field 'strategy.order.price'"),
        ("{{ size.a.b }}", "the alert has no field 'size.a.b'"),
        ("{{ legs[7] }}", "the alert has no field '7'"),
        ("{{ legs[0.5] }}", "the alert has no field '0.5'"),
        ("{{ '' | first }}", "the alert has no field 'first'"),
        ("{{ size | upper }}", "the alert has no field 'size'"),
        ("{{ 'a' if size else 'b' }}", "the alert has no field 'size'"),
        ("{{ size == 1 }}", "the alert has no field 'size'"),
        ("{{ size | default(other) }}", "the alert has no field 'other'"),
        ("{{ nothing }}", "a field it uses is null"),
        ("{{ blank }}", "'{{ blank }}' came out empty"),
        ("{{ legs }}", "it uses a list of 2, where one text or number is needed"),
        ("{{ strategy }}", "it uses a group of fields, where one text or number is needed"),
        ("{{ strategy ~ '' }}", "it uses a group of fields, where one text or number is needed"),
        (
            "{{ left }}",
            "TradingView did not replace the placeholder {{strategy.market_position}} in the field 'left'",
        ),
        (
            "{{ left | default('long') }}",
            "TradingView did not replace the placeholder {{strategy.market_position}} in the field 'left'",
        ),
        ("{{ ticker + '.P' }}", "'ETHUSDT.P' is not a number; ~ joins texts"),
        ("{{ ticker * 1000000000 }}", "'ETHUSDT.P' is not a number; ~ joins texts"),
        ("{{ '%01000000000d' % 5 }}", "'%01000000000d' is not a number; ~ joins texts"),
        ("{{ ticker | float }}", "'ETHUSDT.P' is not a number; ~ joins texts"),
        ("{{ nothing + 1 }}", "null is not a number; ~ joins texts"),
        ("{{ (blank == '') + 1 }}", "true is not a number; ~ joins texts"),
        ("{{ done + 1 }}", "true is not a number; ~ joins texts"),
        ("{{ 1 / 0 }}", "1 cannot be divided by zero"),
        ("{{ 1 // 0 }}", "1 cannot be divided by zero"),
        ("{{ 0 / 0 }}", "0 cannot be divided by zero"),
        ("{{ 1 % 0 }}", "1 cannot be divided by zero"),
        ("{{ 'x' if ticker > 1 else 'y' }}", "'ETHUSDT.P' and 1 are not both numbers: neither is the greater one"),
        ("{{ 'x' if 'a' < 'b' else 'y' }}", "'a' and 'b' are not both numbers: neither is the greater one"),
        ("{{ close | round(1000000000) }}", "round takes up to 20 whole places and one of common, floor, ceil"),
        ("{{ close | round(1, 'up') }}", "round takes up to 20 whole places and one of common, floor, ceil"),
        (
            "{{ (1e15 * 1e15 * 1e15 * 1e15 * 1e10) | round(20) }}",
            f"1{'0' * 70} is too large to be rounded",
        ),
        ("{{ ticker | replace('', 'x') }}", "replace needs a text to look for"),
        ("{{ ticker | split('') }}", "split needs a text to split at"),
        ("{{ strategy[legs] }}", "it uses a list of 2, where one text or number is needed"),
        ("{{ ticker.__class__ }}", "the alert has no field 'ticker.__class__'"),
        ("{{ ''.__class__.__mro__ }}", "the alert has no field '__class__.__mro__'"),
        ("{{ alert.__init__.__globals__ }}", "the alert has no field '__init__.__globals__'"),
        ("{{ alert['__class__'] }}", "the alert has no field '__class__'"),
        ("{{ received.year }}", "the alert has no field 'year'"),
        ("{{ self }}", "the alert has no field 'self'"),
        ("{{ cycler }}", "the alert has no field 'cycler'"),
    ],
)
def test_a_value_is_refused_because(source: str, reason: str) -> None:
    with pytest.raises(ValueRefused) as caught:
        rendered(source)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (
            "{{ ticker",
            "cannot be read as a Jinja2 template: unexpected end of template, expected 'end of print statement'.",
        ),
        ("{{ }}", "cannot be read as a Jinja2 template: Expected an expression, got 'end of print statement'"),
        ("{% nonsense %}", "cannot be read as a Jinja2 template: Encountered unknown tag 'nonsense'."),
        (
            "{% for x in legs %}{{ x }}{% endfor %}",
            "{% for %} is not available: a value knows {% if %} and {% set name = … %}",
        ),
        (
            "{% macro m() %}{% endmacro %}",
            "{% macro %} is not available: a value knows {% if %} and {% set name = … %}",
        ),
        ("{% include 'x' %}", "{% include %} is not available: a value knows {% if %} and {% set name = … %}"),
        ("{% import 'x' as y %}", "{% import %} is not available: a value knows {% if %} and {% set name = … %}"),
        ("{% set a, b = legs %}", "{% assign %} is not available: a value knows {% if %} and {% set name = … %}"),
        (
            "{% if done %}{% for x in legs %}{% endfor %}{% endif %}",
            "{% for %} is not available: a value knows {% if %} and {% set name = … %}",
        ),
        ("{{ 2 ** 3 }}", "pow is not available in a value"),
        ("{{ {'a': 1}['a'] }}", "dict is not available in a value"),
        ("{{ [legs, legs] }}", "a list in a value holds constants only"),
        ("{{ [[1], [2]] }}", "a list in a value holds constants only"),
        ("{{ [-legs] }}", "a list in a value holds constants only"),
        ("{{ range(10) }}", "a value can only call filters: {{ ticker | upper }}"),
        ("{{ lipsum() }}", "a value can only call filters: {{ ticker | upper }}"),
        ("{{ ticker.format(1) }}", "there is no method format(); did you mean float?"),
        ("{{ ticker | uper }}", "there is no filter uper; did you mean upper?"),
        ("{{ ticker | center(1000000000) }}", f"there is no filter center; there are {', '.join(FUNCTIONS)}"),
        ("{{ ticker | attr('upper') }}", f"there is no filter attr; there are {', '.join(FUNCTIONS)}"),
        ("{{ ticker | upper(1) }}", "upper does not take these arguments; it gives the text in capitals"),
        (
            "{{ ticker | replace('a') }}",
            "replace does not take these arguments; it gives the text with one part replaced "
            "everywhere: replace('BINANCE:', '')",
        ),
        ("{{ ticker | upper(*legs) }}", "upper does not take these arguments; it gives the text in capitals"),
        (
            "{{ ticker | round(place=1) }}",
            "round does not take these arguments; it gives the number rounded to decimal "
            "places, a half away from zero: round(2, 'floor')",
        ),
        ("{{ ticker is odd }}", "`is odd` is not available; there are defined, undefined, none"),
        ("{{ 'long' if done }}", "an if needs its else: {{ 'long' if … else 'short' }}"),
        ("{{ ticker[::2] }}", "a slice has a start and an end only, such as [:3]"),
        ("{{ ticker[:close] }}", "a slice takes whole numbers, such as [:3]"),
        ("{{ 1e999 }}", "'1e999' has more digits than are kept; put the number in quotes"),
        (
            "{{ 0.1234567890123456789 }}",
            "'0.1234567890123456789' has more digits than are kept; put the number in quotes",
        ),
        ("{{ 1e300 }}", "'1e+300' is not a number of a sane size"),
        ("{{ " + "9" * 70 + " }}", f"'{'9' * 70}' is not a number of a sane size"),
        ("{{ 'x' if 1 in [-'a'] else 'y' }}", "'a' is not a number; ~ joins texts"),
        ("{{ " + "(" * 400 + "1" + ")" * 400 + " }}", "is nested more than 40 deep"),
        ("{{ " + "1+" * 100 + "1 }}", "is nested more than 40 deep"),
        ("{{ ticker }}" * 100, "has more than 1,000 characters"),
    ],
)
def test_a_text_that_could_never_be_filled_in_is_refused_when_loaded(source: str, message: str) -> None:
    with pytest.raises(BadValue) as caught:
        compile_value(source)
    assert caught.value.message == message


LARGE = {"a": "x, " * 50_000, "n": "9" * 60, "list": ["x"] * 2_000}


@pytest.mark.parametrize(
    "source",
    [
        "{% set b = a ~ a %}" * 20 + "{{ b ~ b }}",
        "{% set a = a ~ a %}" * 30 + "{{ a }}",
        "{{ a }}" * 100,
        "{{ a | replace('x', a) }}",
        "{{ a | split(',') }}",
        "{{ a.split('x') | length }}",
        "{{ n * n * n }}",
        "{% set n = n * n %}" * 30 + "{{ n }}",
        "{{ 1e40 * 1e40 + 0.1 }}",
        "{{ (n * 1e30) | round(20) }}",
        "{{ a > n }}",
    ],
)
def test_a_large_alert_cannot_make_a_value_run_long(source: str) -> None:
    started = time.process_time()
    with pytest.raises(ValueRefused):
        rendered(source, LARGE)
    assert time.process_time() - started < 1


def test_a_constant_needs_no_alert() -> None:
    assert compile_value(" all ").constant == "all"
    assert compile_value("{{ 'all' }}").constant is None


def test_the_longest_alert_still_fits() -> None:
    assert rendered("{{ a | upper | lower }}", {"a": "x" * LONGEST}) == "x" * LONGEST


decimals = st.decimals(-(10**9), 10**9, places=6)


@given(decimals, decimals)
def test_arithmetic_is_exact(one: Decimal, other: Decimal) -> None:
    fields = {"a": str(one), "b": other}
    assert Fraction(rendered("{{ a + b }}", fields)) == Fraction(one) + Fraction(other)
    assert Fraction(rendered("{{ a - b }}", fields)) == Fraction(one) - Fraction(other)
    assert Fraction(rendered("{{ a * b }}", fields)) == Fraction(one) * Fraction(other)
    if other:
        quotient, rest = map(Fraction, rendered("{{ a // b }} {{ a % b }}", fields).split())
        assert quotient * Fraction(other) + rest == Fraction(one)
        assert abs(rest) < abs(other)
        assert not rest or (rest > 0) is (other > 0)


@given(st.text(max_size=200))
def test_no_text_makes_anything_but_its_two_errors(source: str) -> None:
    with suppress(BadValue, ValueRefused):
        assert rendered("{{ " + source + " }}")


words = st.sampled_from(["ticker", "market", "'long'", "'.P'"])
texts = st.recursive(
    words,
    lambda inner: st.one_of(
        st.builds("{0} | upper".format, words),
        st.builds("({0} ~ {1})".format, inner, inner),
        st.builds("({0} | replace('L', {1}))".format, inner, words),
        st.builds("({0} if {1} == {2} else {3})".format, inner, words, words, inner),
        st.builds("({0} if {1} in {2} and not {2} == 'x' else {1})".format, inner, words, words),
        st.builds("(nothing | default({0}))".format, inner),
        st.builds("({0})[1:3]".format, inner),
        st.builds("({0} or {1})".format, inner, words),
    ),
    max_leaves=5,
)
templates = st.one_of(
    st.builds("a{{{{ {0} }}}} {{{{- {1} }}}}".format, texts, texts),
    st.builds(
        "a{{% if {0} == {1} %}}{{{{ {0} }}}}{{% else %}}{{% set x = {1} %}}{{{{ x }}}}{{% endif %}}".format,
        texts,
        texts,
    ),
)


@given(templates, st.sampled_from(["ETHUSDT.P", "", "long", "a-b"]))
def test_text_comes_out_as_from_jinja2_itself(template: str, ticker: str) -> None:
    fields = {"ticker": ticker, "market": "long"}
    jinja2 = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    assert rendered(template, fields) == jinja2.from_string(template).render(fields).strip()
