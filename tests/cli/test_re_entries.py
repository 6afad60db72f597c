"""check says where an exit leaves a rule without a way to enter again."""

import pytest

CONFIG = """
version: 1
accounts:
  main: {{venue: simulator, position_mode: hedge}}
  second: {{venue: simulator, position_mode: hedge}}
senders: {{tv: {{secrets: ["${{ALERT_SECRET}}"]}}}}
symbols:
  ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT}}
  BTCUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT}}
rules:
{rules}
"""
WORDS = 'target: "{{ do }}", words: {out: exit-long}'
TURN = '{name: turn, when: {kind: turn}, symbol: ETHUSDT, accounts: [main], target: "{{ side }}"}'
OUT = "{name: out, symbol: ETHUSDT, accounts: [main], target: exit-long}"


def one(terms):
    return f"{{name: bot, symbol: ETHUSDT, accounts: [main], {terms}}}"


@pytest.mark.parametrize(
    ("rules", "noted"),
    [
        ([one('target: "{{ side }}"')], None),
        ([one('target: "{{ side }}", on_flat_target: close')], "bot: its exits close, and with when_flat: ignore"),
        ([one(WORDS)], "bot: its exits close"),
        ([one(f"{WORDS}, when_flat: deny")], "bot: its exits close, and with when_flat: deny"),
        ([one(f'{WORDS}, when_flat: open, reversal: {{size: "3"}}')], None),
        ([one("target: long")], None),
        # the exits of another rule
        ([OUT], None),
        ([TURN, OUT], "turn: rule out's exits close"),
        ([TURN.replace("{{ side }}", "short"), OUT], "turn: rule out's exits close"),
        ([TURN, OUT.replace("exit-long", "flat")], None),
        ([TURN, OUT.replace("exit-long", "flat, on_flat_target: close")], "turn: rule out's exits close"),
        ([TURN, OUT.replace("main", "second")], None),
        ([TURN, OUT.replace("ETHUSDT", "BTCUSDT")], None),
        ([TURN.replace("ETHUSDT", '"{{ ticker }}"'), OUT], "turn: rule out's exits close"),
    ],
)
def test_an_exit_without_a_way_back_is_noted(run, tmp_path, rules, noted):
    text = CONFIG.format(rules="\n".join(f"  - {rule}" for rule in rules))
    (tmp_path / "config.yaml").write_text(text)
    told = run("check")
    assert told.exit_code == 0
    words = " ".join(told.output.split())
    assert "exits close" not in words if noted is None else f"note: {noted}" in words
