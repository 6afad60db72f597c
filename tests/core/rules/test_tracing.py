"""How an alert took its way through the rules."""

from typing import Any

import pytest

from executor.core.rules import RuleTrace, trace
from executor.core.rules.conditions import ConditionTrace
from executor.core.rules.tracing import TRIED_FOR_NEAREST, nearest_miss
from tests.core.rules.examples import alert, book, rule


def test_a_trace_shows_every_rule_up_to_the_one_that_decides() -> None:
    rules = book(
        rule("a", {"strategy": "other", "size": {"gt": 0}}),
        rule("b", {"strategy": "trend"}, go_on=True),
        rule("c", {"market_position": ["long", "short"], "not": {"ticker": "BTCUSDT.P"}}),
        rule("d"),
    )
    assert trace(rules, alert()) == (
        RuleTrace(
            "a",
            False,
            (
                ConditionTrace("strategy", "eq", "other", "'trend'", False),
                ConditionTrace("size", "gt", "more than 0", "missing", None),
            ),
        ),
        RuleTrace("b", True, (ConditionTrace("strategy", "eq", "trend", "'trend'", True),)),
        RuleTrace(
            "c",
            True,
            (
                ConditionTrace("market_position", "in", "one of long, short", "'short'", True),
                ConditionTrace(
                    "not",
                    "not",
                    "",
                    "",
                    True,
                    (ConditionTrace("ticker", "eq", "BTCUSDT.P", "'ETHUSDT.P'", False),),
                ),
            ),
        ),
    )


def test_the_first_miss_is_the_first_condition_that_does_not_hold() -> None:
    (tried,) = trace(book(rule("a", {"strategy": "trend", "size": {"gt": 0}, "ticker": "x"})), alert())
    assert tried.first_miss is not None
    assert tried.first_miss.key == "size"


def test_the_nearest_of_very_many_rules_is_looked_for_where_the_index_points() -> None:
    others = [rule(f"r{place}", {"strategy": f"s{place}"}) for place in range(TRIED_FOR_NEAREST + 100)]
    near = rule("near", {"strategy": "trend", "size": {"gt": 0}})
    assert nearest_miss(book(*others, near), alert()) == ("near", "size is missing, expected more than 0")


@pytest.mark.parametrize(
    ("farther", "nearer"),
    [
        ({"sender": "other", "strategy": "trend"}, {"strategy": "other"}),  # a rule for another sender is not near
        ({"sender": "tradingview", "side": "buy"}, {"strategy": "other"}),  # nor is one for another shape of alert
        ({"reduce_only": {"exists": False}, "side": "buy"}, {"strategy": "other"}),
        ({"strategy": "trend", "size": 1}, {"strategy": "trend", "ticker": "other"}),
        ({"strategy": "trend", "ticker": "other"}, {"sender": "tradingview", "strategy": "trend", "ticker": "other"}),
    ],
)
def test_the_nearest_rule_is_the_one_the_alerts_data_fits_best(farther: dict[str, Any], nearer: dict[str, Any]) -> None:
    for rules in ((rule("far", farther), rule("near", nearer)), (rule("near", nearer), rule("far", farther))):
        nearest = nearest_miss(book(*rules), alert())
        assert nearest is not None
        assert nearest[0] == "near"
