"""Which alerts a `when` block wants."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.core.rules import BadCondition, compile_when
from executor.core.rules.conditions import every, negated
from executor.core.rules.operators import OPERATORS
from executor.core.values import SHOWN_CHARACTERS
from tests.core.rules.examples import alert

FIELDS: dict[str, Any] = {
    "strategy": " trend ",
    "close": Decimal("1834.2"),
    "interval": "60",
    "flag": True,
    "flag_text": "False",
    "nothing": None,
    "blank": "",
    "unreplaced": "{{strategy.market_position}}",
    "legs": ["a", "b"],
    "bar": {"close": Decimal("5"), "deep": {"er": "x"}},
    "bar.close": Decimal("6"),
    "market position": "long",
    "sender": "somebody else",
    "half a pair": "\ud800 long",
    "sent": "2026-11-20T09:00:01Z",
}


@pytest.mark.parametrize(
    ("when", "held"),
    [
        # a bare value, a list
        ({}, True),
        ({"strategy": "trend"}, True),
        ({"strategy": "Trend"}, False),
        ({"strategy": ["other", "trend"]}, True),
        ({"strategy": ["other"]}, False),
        ({"strategy": "trend", "interval": "240"}, False),
        # numbers and text that is a number
        ({"interval": 60}, True),
        ({"interval": "60.0"}, True),
        ({"close": "1834.20"}, True),
        ({"close": 1834.2}, True),
        ({"strategy": 60}, False),
        # true and false, however they arrive
        ({"flag": True}, True),
        ({"flag": "True"}, True),
        ({"flag_text": False}, True),
        ({"flag_text": True}, False),
        ({"flag": 1}, False),
        # paths
        ({"bar.deep.er": "x"}, True),
        ({"bar.close": 6}, True),
        ({"bar.close": 5}, False),
        ({"legs.1": "b"}, True),
        ({"market position": "long"}, True),
        ({"sender": "tradingview"}, True),
        ({"sender": "somebody else"}, False),
        # one row an operator, each way
        ({"strategy": {"eq": "trend"}}, True),
        ({"strategy": {"eq": "other"}}, False),
        ({"strategy": {"ne": "other"}}, True),
        ({"strategy": {"ne": "trend"}}, False),
        ({"strategy": {"in": ["trend"]}}, True),
        ({"strategy": {"in": ["other"]}}, False),
        ({"strategy": {"not_in": ["other"]}}, True),
        ({"strategy": {"not_in": ["other", "trend"]}}, False),
        ({"close": {"gt": 1834}}, True),
        ({"close": {"gt": "1834.2"}}, False),
        ({"close": {"ge": "1834.2"}}, True),
        ({"close": {"ge": 1835}}, False),
        ({"close": {"lt": 1835}}, True),
        ({"close": {"lt": "1834.2"}}, False),
        ({"close": {"le": "1834.2"}}, True),
        ({"close": {"le": 1834}}, False),
        ({"strategy": {"matches": "re"}}, True),
        ({"strategy": {"matches": "^re"}}, False),
        ({"strategy": {"matches": "^trend$"}}, True),
        ({"close": {"matches": r"^1834\.2$"}}, True),
        ({"half a pair": {"matches": "long"}}, True),
        ({"strategy": {"exists": True}}, True),
        ({"strategy": {"exists": False}}, False),
        ({"close": {"gt": 1000, "lt": 1800}}, False),
        ({"close": {"gt": 1000, "lt": 2000}}, True),
        # moments
        ({"received": {"gt": "2026-11-20T09:00:00Z"}}, True),
        ({"received": {"lt": "2026-11-20T09:00:00Z"}}, False),
        ({"received": {"matches": "T09:"}}, True),
        ({"sent": {"ge": "2026-11-20T10:00:01+01:00"}}, True),
        # blocks
        ({"any": [{"strategy": "other"}, {"interval": 60}]}, True),
        ({"any": [{"strategy": "other"}, {"interval": 240}]}, False),
        ({"any": [{"strategy": "trend", "interval": 240}, {"interval": 240}]}, False),
        ({"all": [{"strategy": "trend"}, {"interval": 60}]}, True),
        ({"all": [{"strategy": "trend"}, {"interval": 240}]}, False),
        ({"not": {"strategy": "other"}}, True),
        ({"not": {"strategy": "trend", "interval": 60}}, False),
        ({"not": {"strategy": "trend", "interval": 240}}, True),
        ({"not": {"any": [{"strategy": "other"}, {"interval": 240}]}}, True),
        # data that is missing, null, a placeholder left as it was, or of another kind, tells nothing
        *[({"absent": {name: expected}}, None) for name, expected in [("eq", 1), ("ne", 1), ("gt", 1), ("lt", 1)]],
        ({"absent": {"not_in": ["x"]}}, None),
        ({"absent": {"matches": "."}}, None),
        ({"not": {"absent": "x"}}, None),
        ({"nothing": {"ne": "x"}}, None),
        ({"unreplaced": {"ne": "flat"}}, None),
        ({"strategy": {"gt": 0}}, None),
        ({"legs": {"gt": 0}}, None),
        ({"legs": {"matches": "a"}}, None),
        ({"not": {"strategy": {"lt": 0}}}, None),
        ({"any": [{"absent": 1}, {"interval": 60}]}, True),
        ({"any": [{"absent": 1}, {"interval": 240}]}, None),
        ({"absent": 1, "interval": 240}, False),
        ({"absent": 1, "interval": 60}, None),
        # what is there can be told
        ({"absent": {"exists": False}}, True),
        ({"absent": {"exists": True}}, False),
        ({"nothing": {"exists": False}}, True),
        ({"blank": {"exists": True}}, True),
        ({"blank": ""}, True),
        ({"legs": {"ne": "a"}}, True),
        ({"legs": "a"}, False),
    ],
)
def test_a_when_block_holds_does_not_or_cannot_be_told(when: dict[str, Any], held: bool | None) -> None:
    assert compile_when(when).held(alert(FIELDS)) is held


def test_every_operator_has_its_rows_above() -> None:
    marks = test_a_when_block_holds_does_not_or_cannot_be_told.pytestmark  # type: ignore[attr-defined]  # pytest's own
    tried = {
        name
        for when, _ in marks[0].args[1]
        for expected in when.values()
        if isinstance(expected, dict)
        for name in expected
    }
    assert set(OPERATORS) <= tried


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ({"close": {"gte": 1}}, "close.gte: is not an operator; did you mean ge?"),
        (
            {"close": {"like": 1}},
            "close.like: is not an operator; there are eq, in, ne, not_in, gt, ge, lt, le, matches, "
            "exists (a nested field is written close.like)",
        ),
        ({"close": {"gt": "high"}}, "close.gt: takes a number, or a time such as 2026-11-20T09:00:00Z"),
        ({"close": {"gt": True}}, "close.gt: takes a number, or a time such as 2026-11-20T09:00:00Z"),
        ({"close": {}}, "close: has no operator; there are eq, in, ne, not_in, gt, ge, lt, le, matches, exists"),
        ({"a": {"matches": "("}}, "a.matches: the regular expression cannot be used: missing ): ("),
        ({"a": {"matches": "(?=b)"}}, "a.matches: the regular expression cannot be used: invalid perl operator: (?="),
        ({"a": {"matches": 5}}, "a.matches: takes a regular expression, in quotes"),
        ({"a": {"exists": "yes"}}, "a.exists: takes true or false"),
        ({"a": {"in": "long"}}, "a.in: takes a list of at least one value, such as [long, short]"),
        ({"a": []}, "a: takes a list of at least one value, such as [long, short]"),
        ({"a": None}, "a: takes one text, number or true/false; for a field that is not there write {exists: false}"),
        (
            {"a": [["b"]]},
            "a: takes one text, number or true/false; for a field that is not there write {exists: false}",
        ),
        ({60: "a"}, "60: is not text: put the key in quotes"),
        ({True: "a"}, "True: is not text: put the key in quotes"),
        ({"any": {"a": 1}}, "any: takes a list of blocks, such as any: [{interval: 60}, {close: 1}]"),
        ({"all": []}, "all: takes a list of blocks, such as all: [{interval: 60}, {close: 1}]"),
        ({"any": ["a"]}, "any.0: takes conditions, such as market_position: long"),
        ({"any": [{"b": 1}, {}]}, "any.1: is empty: it needs at least one condition"),
        ({"not": [{"a": 1}]}, "not: takes conditions, such as market_position: long"),
        (
            {"any": [{"not": {"a": {"gt": "b"}}}]},
            "any.0.not.a.gt: takes a number, or a time such as 2026-11-20T09:00:00Z",
        ),
        (["a"], "takes conditions, such as market_position: long"),
    ],
)
def test_a_condition_that_means_nothing_is_refused_with_its_place(when: Any, complaint: str) -> None:
    with pytest.raises(BadCondition) as caught:
        compile_when(when)
    assert str(caught.value) == complaint


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadCondition) as caught:
        compile_when({"a": {"gte": 1}, "b": 1, "any": [{"c": {"matches": "("}}]})
    assert [mistake.path for mistake in caught.value.all] == [("a", "gte"), ("any", 0, "c", "matches")]


def test_a_block_that_holds_itself_is_refused() -> None:
    when: dict[str, Any] = {}
    when["not"] = when
    with pytest.raises(BadCondition, match="nested more than 20 deep"):
        compile_when(when)


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ({"market_position": ["long", "short"]}, "market_position is 'flat', expected one of long, short"),
        ({"market_position": "long"}, "market_position is 'flat', expected long"),
        ({"market_position": {"ne": "flat"}}, "market_position is 'flat', expected anything but flat"),
        ({"close": {"gt": 5, "lt": 8}}, "close is 4.50, expected more than 5"),
        ({"close": {"matches": "^5"}}, "close is 4.50, expected text matching ^5"),
        ({"open": {"ge": 5}}, "open is missing, expected 5 or more"),
        ({"open": {"exists": True}}, "open is missing, expected exists: true"),
        ({"not": {"close": "4.5"}}, "not: (close is 4.50, expected 4.5)"),
        ({"any": [{"a": 1}, {"b": 2}]}, "any: (a is missing, expected 1; b is missing, expected 2)"),
    ],
)
def test_a_trace_says_what_was_expected_and_found(when: dict[str, Any], sentence: str) -> None:
    tried = compile_when(when).trace(alert({"market_position": "flat", "close": Decimal("4.50")}))
    assert str(tried.parts[0]) == sentence


@pytest.mark.parametrize("value", ["x" * 10_000, ["x"] * 10_000, {"x" * 10_000: 1}, Decimal(10) ** 100])
def test_a_trace_never_shows_more_than_80_characters_of_a_value(value: Any) -> None:
    tried = compile_when({"a": ["b" * 1_000]}).trace(alert({"a": value}))
    assert len(tried.parts[0].found) <= SHOWN_CHARACTERS
    assert len(tried.parts[0].expected) <= SHOWN_CHARACTERS


scalars = st.one_of(st.text(max_size=3), st.integers(0, 3), st.booleans())
comparisons = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.one_of(
        scalars,
        st.lists(scalars, min_size=1, max_size=3),
        st.builds(lambda name, one: {name: one}, st.sampled_from(["eq", "ne"]), scalars),
        st.builds(lambda name, one: {name: one}, st.sampled_from(["gt", "le"]), st.integers(0, 3)),
        st.builds(lambda several: {"not_in": several}, st.lists(scalars, min_size=1, max_size=3)),
    ),
    min_size=1,
    max_size=3,
)
blocks = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(lambda block: {"not": block}, inner),
        st.builds(
            lambda name, several: {name: several},
            st.sampled_from(["any", "all"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=6,
)


@given(blocks)
def test_nothing_but_exists_holds_on_an_alert_without_fields(when: dict[str, Any]) -> None:
    assert compile_when(when).held(alert({})) is None
    assert compile_when({"not": when}).held(alert({})) is None


@given(blocks, st.dictionaries(st.sampled_from(["a", "b", "c"]), scalars))
def test_a_block_and_its_negation_never_both_hold(when: dict[str, Any], fields: dict[str, Any]) -> None:
    held = compile_when(when).held(alert(fields))
    assert compile_when({"not": when}).held(alert(fields)) is (None if held is None else not held)


@given(st.lists(st.sampled_from([True, False, None])))
def test_any_of_several_is_the_negation_of_none_of_them(verdicts: list[bool | None]) -> None:
    outcome = negated(every(map(negated, verdicts)))
    assert outcome is (True if True in verdicts else None if None in verdicts else False)
