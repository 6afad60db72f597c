"""What `explain` says of an alert, and that it is what the server does."""

import json
import re
from decimal import Decimal

import pytest

from executor.simulator import AccountSettings, Settings, start_simulator
from executor.web import create_app
from executor.web.context import runner_of

ALERT = {"strategy": "trend", "ticker": "ETHUSDT.P", "interval": "60", "close": 1834.2, "market_position": "short"}
SCALP = {"strategy": "scalp", "ticker": "BTCUSDT.P", "action": "buy", "after": "long", "at": "2026-11-20T09:00:01Z"}
TRUSTED = ("--sender", "tradingview")


@pytest.fixture
def explain(run):
    """Explain an alert; the words it printed, and its exit code."""

    def explain(alert, *words):
        result = run("explain", "-", *words, stdin=alert if isinstance(alert, str) else json.dumps(alert))
        assert max(map(len, result.output.splitlines())) <= 80 or "--json" in words
        return result.exit_code, result.output

    return explain


def body_of(output):
    return json.loads(re.search(r"\{\s+\"symbol.*?\}", output, re.DOTALL)[0])


def test_every_stage_is_told_down_to_the_request(explain):
    code, output = explain(ALERT, *TRUSTED, "--position", "long=10")
    assert code == 0
    words = " ".join(output.split())
    for stage in (
        "close 1834.2",
        "sender tradingview, secret not checked",
        "rule eth-trend: matches",
        "✓ interval one of 60, 240 '60'",
        "order main/ETHUSDT, by rule eth-trend",
        "wanted short, size all",
        "held long 10",
        "decision reverse: reverse the whole long position",
        "POST /api/v2/mix/order/click-backhand",
        "afterwards short 10",
    ):
        assert stage in words
    assert re.fullmatch("[0-9A-Za-z_-]{1,32}", body_of(output)["clientOid"])


def test_an_exit_has_no_size_and_leaves_the_other_side(explain):
    _, output = explain(
        ALERT | {"market_position": "exit-long"}, *TRUSTED, "--position", "long=10", "--position", "short=4"
    )
    words = " ".join(output.split())
    assert "wanted exit-long held long 10 and short 4 decision close: close the long position" in words
    assert "afterwards short 4" in words


def test_what_an_alert_holds_is_shown_and_does_nothing_to_the_terminal(explain):
    code, output = explain(ALERT | {"[/bold]": "\x1b[8mhidden", "\u202ename": "[red]\rnot markup\x9b8m"}, *TRUSTED)
    assert code == 0
    assert re.search(r"\[/bold\] +\\x1b\[8mhidden *\n", output)
    assert re.search(r"\\u202ename +\[red\]\\rnot markup\\x9b8m *\n", output)


@pytest.mark.parametrize(
    ("mode", "held", "expected"),
    [
        ("hedge", "long=10", {"side": "buy", "tradeSide": "open", "size": "10"}),
        ("one-way", "long=10", {"side": "sell"}),
    ],
)
def test_the_request_is_the_one_that_the_server_sends(explain, tmp_path, secret, mode, held, expected):
    account = AccountSettings(
        "main", mode=f"{mode.replace('-', '_')}_mode", positions={("ETHUSDT", "long"): Decimal(10)}
    )
    exchange = start_simulator(Settings(accounts=(account,)))
    path = tmp_path / "config.yaml"
    text = path.read_text().partition("\ntests:")[0].partition('\n  # {"secret": "…", "strategy": "scalp"')[0]
    path.write_text(text.replace("position_mode: hedge ", f'base_url: "{exchange.url}"\n    position_mode: {mode} '))
    code, output = explain(ALERT, *TRUSTED, "--position", held)
    assert code == 0
    app = create_app(path)
    try:
        body = json.dumps(ALERT | {"secret": secret})
        app.test_client().post("/hook/tradingview", data=body, headers={"Prefer": "wait=10"})
    finally:
        runner_of(app).stop()
        exchange.stop()
    (sent,) = [entry["body"] for entry in exchange.exchange.journal]
    named = {"clientOid": sent["clientOid"]}
    assert body_of(output) | named == sent
    assert {name: sent[name] for name in ("side", "tradeSide", "size") if name in sent} == expected


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (ALERT | {"interval": "5"}, "✗ interval one of 60, 240 '5'"),
        (ALERT | {"interval": "5"}, "refused no rule matches; the nearest is rule eth-trend: interval"),
        ({"strategy": "trend"}, "? interval one of 60, 240 missing"),
        (ALERT | {"market_position": "up"}, "refused rule eth-trend, target: "),
        (ALERT | {"ticker": "ETHUSDT.X"}, "refused rule eth-trend, symbol: "),
        ('{"strategy": "trend",}', "refused the alert cannot be read: "),
    ],
)
def test_a_refusal_is_told_with_its_reason(explain, alert, words):
    code, output = explain(alert, *TRUSTED)
    assert code == 1
    assert words in " ".join(output.split())


@pytest.mark.parametrize(("symbols", "code"), [("[ETHUSDT]", 0), ("[BTCUSDT]", 1)])
def test_what_the_sender_may_use_is_told_and_held(explain, tmp_path, symbols, code):
    path = tmp_path / "config.yaml"
    may = f"    may: {{rules: [eth-trend], symbols: {symbols}}}\n    format: auto "
    only_trend = path.read_text().partition('\n  # {"secret": "…", "strategy": "scalp"')[0]
    path.write_text(only_trend.replace("    format: auto ", may))
    exit_code, output = explain(ALERT, *TRUSTED)
    assert exit_code == code
    words = " ".join(output.split())
    assert f"may use rules eth-trend; symbols {symbols.strip('[]')}" in words
    assert ("refused sender tradingview may not use symbol ETHUSDT" in words) == bool(code)
    told = json.loads(explain(ALERT, *TRUSTED, "--json")[1])
    assert told["may"] == {"rules": ["eth-trend"], "symbols": [symbols.strip("[]")]}


def test_a_decision_to_do_nothing_is_no_refusal(explain):
    code, output = explain(ALERT, *TRUSTED)
    assert code == 0
    assert "decision unneeded: nothing to reverse" in " ".join(output.split())
    assert "POST" not in output


def test_an_alert_that_is_too_old_now_is_explained_as_if_it_had_come_in_time(explain):
    code, output = explain(SCALP, *TRUSTED, "--position", "short=0.8")
    assert code == 0
    assert "but now expired: it was not carried out before 2026-11-20 09:01:01" in " ".join(output.split())
    assert body_of(output)["size"] == "0.2"


def test_the_alert_s_own_secret_proves_the_sender_and_is_never_shown(explain, secret):
    code, output = explain(ALERT | {"secret": secret, "note": f"has {secret}"})
    assert code == 0
    assert "tradingview, proven by the body" in output
    assert secret not in output
    assert secret not in explain(ALERT | {"secret": secret, "note": secret}, *TRUSTED)[1]


def test_a_wrong_secret_is_refused_and_the_way_around_it_told(explain):
    code, output = explain(ALERT | {"secret": "wrong"})
    assert code == 1
    assert "refused" in output
    assert "--sender NAME" in output
    assert "eth-trend" not in output


def test_an_unreadable_alert_is_told_as_such_although_the_server_may_only_say_401(explain):
    code, output = explain("{'strategy': 'trend'}")
    assert code == 1
    assert "line 1, column 2" in " ".join(output.split())


def test_a_file_comes_from_no_address_so_networks_are_not_asked(explain, tmp_path, secret):
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text().replace("# networks: [tradingview]", "networks: [tradingview]"))
    assert explain(ALERT | {"secret": secret})[0] == 0


def test_an_unknown_sender_is_a_known_failure(run):
    result = run("explain", "-", "--sender", "nobody", stdin="{}")
    assert result.exit_code == 1
    assert result.stderr == "executor: config.yaml has no sender 'nobody'; it has tradingview\n"


def test_as_json_it_is_the_whole_story(explain, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text().replace("strategy: trend\n", "any: [{strategy: trend}, {strategy: drift}]\n", 1))
    code, output = explain(ALERT, *TRUSTED, "--position", "long=10", "--json")
    told = json.loads(output)
    assert code == 0
    assert (told["sender"], told["proven_by"], told["refusal"]) == ("tradingview", None, None)
    assert told["may"] is None
    assert told["alert"]["close"] == "1834.2"
    assert told["position"] == {"long": "10"}
    (rule,) = told["rules"]
    assert rule["conditions"][0] == {
        "key": "sender", "operator": "eq", "expected": "tradingview", "found": "'tradingview'", "held": True,
    }  # fmt: skip
    assert [part["held"] for part in rule["conditions"][1]["any"]] == [True, False]
    (order,) = told["orders"]
    assert (order["decision"], order["position_after"], order["too_old"]) == ("reverse", {"short": "10"}, None)
    assert order["request"]["path"] == "/api/v2/mix/order/click-backhand"
    assert order["request"]["body"]["side"] == "buy"


@pytest.mark.parametrize("position", ["up=1", "long=", "long=1e9", "long=-1", "10", f"long={'9' * 21}"])
def test_a_position_that_is_none_is_wrong_usage(run, position):
    assert run("explain", "-", "--position", position, stdin="{}").exit_code == 2


def test_the_largest_position_is_explained_as_well(explain):
    code, output = explain(SCALP, *TRUSTED, "--position", f"short={'9' * 20}.{'9' * 20}")
    assert code == 0
    assert body_of(output)["size"] == "24999999999999999999.99999999999999999999"
