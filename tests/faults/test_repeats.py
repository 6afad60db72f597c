"""An id is one rule's own word: what another rule does with the same word is no repetition."""

import json
from contextlib import contextmanager

import pytest
import structlog

from executor.core.order import State
from executor.core.sender import Presented
from tests.desk import SECRET
from tests.faults.names import ONE, TWO, Names

RULE = """
  - name: {name}
    when: {{strategy: {strategy}}}
    continue: {go_on}
    accounts: [{account}]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    id: "{{{{ order_id }}}}"
"""
TWO_STRATEGIES = RULE.format(name="trend", strategy="trend", go_on="false", account="main") + RULE.format(
    name="range", strategy="range", go_on="false", account="main"
)
ONE_FOR_BOTH = RULE.format(name="first", strategy="[trend, range]", go_on="true", account="main") + RULE.format(
    name="second", strategy="[range, news]", go_on="false", account="second"
)


@contextmanager
def running(folder, url, rules):
    desk = Names(folder, url, main=ONE, second=TWO, rules=rules)
    desk.run()
    try:
        yield desk
    finally:
        desk.close()


@pytest.fixture
def strategies(url, tmp_path):
    with running(tmp_path, url, TWO_STRATEGIES) as desk:
        yield desk


def send(desk, strategy, symbol="ETHUSDT", target="short", **more):
    """What the sender is told of an alert that TradingView's `{{strategy.order.id}}` names."""
    alert = {"strategy": strategy, "symbol": symbol, "target": target, "order_id": "Long"} | more
    return desk.runner.take("tradingview", json.dumps(alert).encode(), Presented(path_secret=SECRET))


def test_two_rules_share_an_id_and_both_act(strategies):
    first, second = send(strategies, "trend"), send(strategies, "range", "BTCUSDT")
    assert not second.duplicate
    assert [strategies.end(told.receipt).state for told in (first, second)] == [State.CONFIRMED] * 2
    assert len(strategies.executed()) == 2


def test_the_same_alert_again_has_the_same_receipt(strategies):
    first = send(strategies, "trend")
    with structlog.testing.capture_logs() as logs:
        again = send(strategies, "trend")
    assert (again.receipt, again.duplicate, again.differs) == (first.receipt, True, False)
    assert [line["log_level"] for line in logs if line["event"] == "alert repeated"] == ["info"]


def test_a_repetition_that_differs_is_a_warning(strategies):
    first = send(strategies, "trend")
    with structlog.testing.capture_logs() as logs:
        again = send(strategies, "trend", target="long")
    assert (again.receipt, again.differs) == (first.receipt, True)
    (line,) = [line for line in logs if line["event"] == "alert repeated"]
    assert (line["log_level"], line["receipt"], line["differs"]) == ("warning", first.receipt, True)


def test_of_two_matching_rules_each_knows_its_own(tmp_path):
    with running(tmp_path, f"sqlite:///{tmp_path}/ledger.db", ONE_FOR_BOTH) as desk:
        first = send(desk, "trend")
        with structlog.testing.capture_logs() as logs:
            both = send(desk, "range", target="long")
        assert [intent.rule for intent in both.intents] == ["second"]
        warned = [(line["rule"], line["receipt"]) for line in logs if line["event"] == "alert repeated"]
        assert warned == [("first", first.receipt)]
        again = send(desk, "range", target="long")
        assert (again.receipt, again.duplicate) == (both.receipt, True)
        assert [desk.end(told.receipt).state for told in (first, both)] == [State.CONFIRMED] * 2
        assert desk.held(TWO) == {"long": "10"}
