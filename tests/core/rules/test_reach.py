"""Rules that can never be reached are found, and only such."""

from typing import Any

import pytest
from hypothesis import given

from executor.core.rules import RuleBook, unreachable
from tests.core.rules.examples import book, names, rule
from tests.core.rules.test_index import alerts, books


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({}, {"strategy": "trend"}),
        ({}, {}),
        ({"strategy": "trend"}, {"strategy": "trend"}),
        ({"strategy": "trend"}, {"strategy": " trend "}),
        ({"interval": 60}, {"interval": "60.0", "close": {"gt": 0}}),
        ({"strategy": ["a", "b", "c"]}, {"strategy": ["c", "a"]}),
        ({"strategy": ["a", "b"], "interval": ["60", "240"]}, {"interval": 60, "strategy": "b", "close": {"gt": 0}}),
        ({"close": {"gt": 0}}, {"close": {"gt": 0, "lt": 9}}),
        ({"a": {"matches": "x"}}, {"a": {"matches": "x"}, "b": 1}),
        ({"any": [{"a": 1}, {"b": 2}]}, {"any": [{"a": 1}, {"b": 2}], "c": 3}),
        ({"not": {"a": 1}}, {"not": {"a": 1}}),
    ],
)
def test_a_rule_behind_a_wider_one_is_found(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert unreachable(book(rule("early", earlier), rule("late", later))) == (("late", "early"),)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"strategy": "trend"}, {}),
        ({"strategy": "trend"}, {"strategy": "other"}),
        ({"strategy": ["a"]}, {"strategy": ["a", "b"]}),
        ({"strategy": "a", "close": {"gt": 0}}, {"strategy": "a"}),
        ({"close": {"gt": 1}}, {"close": {"gt": 0}}),
        ({"sender": "a"}, {"strategy": "a"}),
        ({"not": {"a": 1}}, {"not": {"a": 2}}),
    ],
)
def test_a_rule_with_alerts_of_its_own_is_not(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert unreachable(book(rule("early", earlier), rule("late", later))) == ()


def test_a_rule_that_lets_others_go_on_blocks_none() -> None:
    assert unreachable(book(rule("early", go_on=True), rule("late"))) == ()


@given(books, alerts)
def test_no_alert_reaches_a_rule_that_is_called_unreachable(rules: RuleBook, one: Any) -> None:
    called = {name for name, _ in unreachable(rules)}
    assert not called & set(names(list(rules.matching(one))))
