"""check and explain say where an order in doubt may outlive its rule's max_age."""

import json

import pytest

CONFIG = """
version: 1
accounts: {{main: {{venue: simulator, position_mode: {mode}{more}}}}}
senders: {{tv: {{secrets: ["${{ALERT_SECRET}}"]}}}}
symbols: {{ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT}}}}
rules:
  - {{name: turn, symbol: ETHUSDT, target: short, max_age: {age}{rule}}}
"""


@pytest.mark.parametrize(
    ("mode", "more", "age", "rule", "seconds"),
    [
        ("hedge", "", "60s", "", None),
        ("hedge", "", "30s", "", 35),
        ("hedge", "", "60s", ', reversal: {size: "3"}', 195),
        ("hedge", ", late_reads: 40s", "60s", "", 70),
        ("one-way", "", "60s", "", 195),
        ("one-way", "", "5m", "", None),
        ("one-way", ", answered_doubt: 10m", "5m", "", 615),
    ],
)
def test_a_short_max_age_is_noted(run, tmp_path, mode, more, age, rule, seconds):
    (tmp_path / "config.yaml").write_text(CONFIG.format(mode=mode, more=more, age=age, rule=rule))
    told = run("check")
    assert told.exit_code == 0
    assert (f"note: turn: a doubt of account main may last {seconds} s" in told.output) is (seconds is not None)
    assert ("note:" in told.output) is (seconds is not None)
    explained = run("explain", "-", "--sender", "tv", "--position", "long=10", "--json", stdin="{}")
    assert (json.loads(explained.output)["orders"][0]["in_doubt"] is None) is (seconds is None)
