"""What a sender may reach, and that whatever is beyond it is refused as a whole."""

from typing import Any

import pytest

from executor.core.rules import May, NotAllowed, Rule, map_alert
from tests.core.rules.examples import alert, book, rule


def may(sender: str = "tradingview", **names: list[str]) -> dict[str, May]:
    return {sender: May(sender, {kind: frozenset(listed) for kind, listed in names.items()})}


BOTH = rule("both", accounts=("main", "second"))
LATER = rule("later", accounts=("second",))
GOES_ON = rule("first", go_on=True)


@pytest.mark.parametrize(
    ("listed", "rules"),
    [
        ({}, [rule()]),
        ({"rules": ["eth-trend"]}, [rule()]),
        ({"accounts": ["main", "second"]}, [BOTH]),
        ({"symbols": ["ETHUSDT"]}, [rule()]),
        ({"symbols": ["ETHUSDT"]}, [rule(symbol="ETHUSDT.P")]),
        ({"rules": ["first", "later"], "accounts": ["main", "second"], "symbols": ["ETHUSDT"]}, [GOES_ON, LATER]),
    ],
)
def test_a_sender_reaches_what_its_may_lists(listed: dict[str, Any], rules: list[Rule]) -> None:
    assert map_alert(book(*rules, may=may(**listed)), alert()) == map_alert(book(*rules), alert())


@pytest.mark.parametrize(
    ("listed", "rules", "said"),
    [
        ({"rules": ["other"]}, [rule()], "rule eth-trend: add it to may.rules"),
        ({"accounts": ["second"]}, [rule()], "account main, as rule eth-trend asks: add it to may.accounts"),
        ({"accounts": ["main"]}, [BOTH], "account second, as rule both asks: add it to may.accounts"),
        ({"symbols": ["BTCUSDT"]}, [rule()], "symbol ETHUSDT, as rule eth-trend asks: add it to may.symbols"),
        ({"symbols": ["ETHUSDT.P"]}, [rule()], "symbol ETHUSDT, as rule eth-trend asks: add it to may.symbols"),
        ({"rules": ["first"]}, [GOES_ON, LATER], "rule later: add it to may.rules"),
        # within reach or not, the first that matches decides
        ({"rules": ["later"]}, [rule(), LATER], "rule eth-trend: add it to may.rules"),
    ],
)
def test_beyond_it_the_whole_alert_is_refused_with_what_to_do(
    listed: dict[str, Any], rules: list[Rule], said: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        map_alert(book(*rules, may=may(**listed)), alert())
    assert refused.value.status == 403
    assert str(refused.value) == f"sender tradingview may not use {said} of this sender in config.yaml if it should"


def test_limits_are_shown_in_order() -> None:
    limits = may(rules=["b", "a"], symbols=["ETHUSDT"])["tradingview"]
    assert limits.to_json() == {"rules": ["a", "b"], "symbols": ["ETHUSDT"]}
    assert str(limits) == "rules a, b; symbols ETHUSDT"


def test_one_sender_s_limits_are_no_other_s() -> None:
    assert map_alert(book(rule(), may=may("bot", rules=["other"])), alert()) == map_alert(book(rule()), alert())


def test_a_value_is_not_even_read_for_a_rule_beyond_reach() -> None:
    with pytest.raises(NotAllowed):
        map_alert(book(rule(symbol="{{ absent }}"), may=may(rules=["other"])), alert())
