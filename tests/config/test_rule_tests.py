import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from executor.config import RuleTestResult, load, run_tests

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECRET = "8d1f0c2e5b7a49638d1f0c2e5b7a4963"
RULES = """
version: 1
accounts:
  main: {venue: simulator, position_mode: hedge}
  net: {venue: simulator, position_mode: one-way}
senders:
  tradingview: {secrets: ["${ALERT_SECRET}"]}
  other: {secrets: ["${ALERT_SECRET}-other"], format: pairs}
symbols:
  ETHUSDT: {product_type: USDT-FUTURES, margin_coin: USDT, tickers: [ETHUSDT.P]}
rules:
  - name: trend
    when: {strategy: trend}
    accounts: [main, net]
    symbol: "{{ ticker }}"
    target: "{{ to }}"
    on_flat_target: close
    reversal: {one-way: {size: all}, hedge: {size: "25%"}}
  - name: opening
    when: {strategy: open}
    accounts: [main]
    symbol: ETHUSDT
    target: "{{ to }}"
    time: "{{ at }}"
    when_flat: open
    reversal: {size: "{{ contracts }}"}
tests:
  - name: the test
    sender: tradingview
"""
SHORT = "alert: {strategy: trend, ticker: ETHUSDT.P, to: short}"


def result(tmp_path: Path, *lines: str) -> RuleTestResult:
    """What becomes of one test, its keys given as YAML lines."""
    file = tmp_path / "config.yaml"
    file.write_text(RULES + "".join(f"    {line}\n" for line in lines))
    (found,) = run_tests(load(file, {"ALERT_SECRET": SECRET}), NOW)
    return found


HELD = [
    (SHORT, "position: {long: 10}", "expect: {decision: reverse, rule: trend, account: main, symbol: ETHUSDT}"),
    (SHORT, "position: {long: 10}", "expect: {target: short, side: buy, tradeSide: open, size: 2.50}"),
    (SHORT, "position: {long: 10}", "account: net", "expect: {side: sell, tradeSide: null, size: 10}"),
    (SHORT, "position: {long: 10}", "account: net", "expect: {size: null}"),
    (SHORT, "position: {long: 0.00000000000000000004}", "expect: {size: 0.00000000000000000001}"),
    (SHORT, "position: {long: 10}", "contract: {step: 1, minimum: 1}", "expect: {size: 2}"),
    (SHORT, "position: {long: 3}", "contract: {step: 1, minimum: 1}", "expect: {decision: denied, reason: minimum}"),
    (SHORT, "position: {short: 10}", "expect: {decision: unneeded, reason: already short, side: null}"),
    (SHORT, "position: {}", "expect: {decision: unneeded, reason: nothing to reverse}"),
    (SHORT, "expect: {decision: unneeded}"),
    (SHORT.replace("short", "flat"), "position: {long: 1}", "expect: {decision: close, target: flat}"),
    (SHORT.replace("short", "exit-long"), "position: {long: 1, short: 2}", "expect: {decision: close, side: null}"),
    (SHORT.replace("short", "exit-long"), "position: {short: 2}", "expect: {decision: unneeded, target: exit-long}"),
    (SHORT.replace("short", "up"), "expect: {decision: refused, rule: trend, reason: is not a target}"),
    ("alert: {strategy: none}", "expect: {decision: refused, reason: no rule matches}"),
    ('alert: |\n      {"strategy": "trend", "ticker": "ETHUSDT", "to": "long"}', "expect: {target: long}"),
    ("alert: '{broken'", "expect: {decision: refused, rule: null}"),
]


@pytest.mark.parametrize("lines", HELD)
def test_what_comes_out_as_expected_passes(tmp_path: Path, lines: tuple[str, ...]) -> None:
    found = result(tmp_path, *lines)
    assert found.passed, found.text


def test_an_alert_is_read_in_its_senders_format(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    test = "    alert: strategy=trend;ticker=ETHUSDT;to=long\n    expect: {target: long}\n"
    file.write_text(RULES.replace("sender: tradingview", "sender: other") + test)
    (found,) = run_tests(load(file, {"ALERT_SECRET": SECRET}), NOW)
    assert found.passed, found.text


@pytest.mark.parametrize("at", ["2001-01-01T00:00:00Z", "2026-11-20T09:00:00Z", "2999-01-01T00:00:00Z"])
def test_the_age_of_an_alert_is_not_judged(tmp_path: Path, at: str) -> None:
    alert = f"alert: {{strategy: open, to: long, contracts: 0.5, at: '{at}'}}"
    found = result(tmp_path, alert, "expect: {decision: open, side: buy, size: 0.5}")
    assert found.passed, found.text


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    alert = "alert: {strategy: open, to: long, contracts: 0.5, at: yesterday}"
    assert result(tmp_path, alert, "expect: {decision: refused, reason: is not a time}").passed


def test_a_failing_test_shows_what_was_expected_found_and_why(tmp_path: Path) -> None:
    found = result(
        tmp_path, SHORT, "position: {short: 10}", "expect: {decision: reverse, rule: trend, side: buy, size: 10}"
    )
    assert not found.passed
    assert found.text == (
        "FAILED  the test\n"
        "        decision: expected reverse, found unneeded\n"
        "        side: expected buy, found nothing\n"
        "        size: expected 10, found nothing\n"
        "        because: already short: the account holds short 10"
    )


@pytest.mark.parametrize(
    ("lines", "difference"),
    [
        (["position: {long: 10}", "expect: {size: 2.4}"], "size: expected 2.4, found 2.5"),
        (["position: {long: 10}", "expect: {size: all}"], "size: expected all, found 2.5"),
        (["position: {long: 10}", "expect: {tradeSide: null}"], "tradeSide: expected nothing, found open"),
        (["position: {long: 10}", "expect: {account: net}"], "account: expected net, found main"),
        (["expect: {reason: too small}"], "reason: expected too small, found nothing to reverse"),
    ],
)
def test_only_what_differs_is_shown(tmp_path: Path, lines: list[str], difference: str) -> None:
    (found,) = result(tmp_path, SHORT, *lines).differences
    assert str(found).startswith(difference)


def test_an_account_without_an_order_is_a_difference(tmp_path: Path) -> None:
    alert = "alert: {strategy: open, to: long, contracts: 0.5, at: '2026-11-20T09:00:00Z'}"
    found = result(tmp_path, alert, "account: net", "expect: {decision: open}")
    assert [str(one) for one in found.differences] == ["account: expected an order for net, found orders for main only"]


def test_a_secret_in_a_tests_alert_is_seen_by_no_rule(tmp_path: Path) -> None:
    alert = f'alert: {{strategy: trend, ticker: "${{ALERT_SECRET}}", to: short, secret: {SECRET}}}'
    found = result(tmp_path, alert, "expect: {decision: reverse}")
    assert "'<secret>' is not a known ticker" in found.text
    assert not re.search(SECRET, found.text)
