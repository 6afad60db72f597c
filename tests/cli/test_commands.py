"""What each command says, and how it ends."""

import json
import re
import signal
from datetime import UTC, datetime, timedelta

import pytest

from executor.core.order import Intent, OnFlatTarget, WhenFlat
from executor.core.position import Target
from executor.core.sizing import ALL
from executor.ledger import NewAlert, open_ledger

ALERT = {"strategy": "trend", "ticker": "ETHUSDT.P", "interval": "60", "close": 1834.2, "market_position": "short"}
FIVE_MISTAKES = """\
version: 1
ledger: sqlite:///executor.db
accounts:
  main: {venue: simulator, position_mode: hegde}
senders:
  tradingview: {secrets: [short]}
symbols:
  ETHUSDT: {product_type: USDT-FUTURES, margin_coin: USDT, ticker: [ETHUSDT.P]}
rules:
  - name: trend
    when: {close: {gtt: 0}}
    symbol: "{{ ticker }}"
    target: "{{ market_position"
"""


def test_check_passes_the_shipped_configuration(run):
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "2 rules, 7 tests, 0 failed" in result.output


def test_check_prints_every_complaint_with_its_line(run, tmp_path):
    (tmp_path / "config.yaml").write_text(FIVE_MISTAKES)
    result = run("check")
    assert result.exit_code == 1
    lines = [int(line) for line in re.findall(r"^config\.yaml:(\d+)  ", result.output, re.MULTILINE)]
    assert lines == [4, 6, 8, 11, 13]
    assert "did you mean 'hedge'?" in result.output
    assert "5 complaints" in result.output


@pytest.mark.parametrize(("proxies", "code"), [("", 1), ("proxies: 0\n", 0), ("proxies: 1\n", 0)])
def test_check_doubts_networks_until_the_number_of_proxies_is_given(run, tmp_path, proxies, code):
    path = tmp_path / "config.yaml"
    text = path.read_text().replace("# networks: [tradingview]", "networks: [tradingview]")
    path.write_text(text.replace("version: 1\n", f"version: 1\n{proxies}", 1))
    result = run("check")
    assert result.exit_code == code
    line = path.read_text().partition("    networks: ")[0].count("\n") + 1
    doubt = f"config.yaml:{line}  senders.tradingview.networks  cannot be checked behind a reverse proxy"
    assert (doubt in result.output) == bool(code)
    assert "7 tests, 0 failed" in result.output, "it can be used all the same"


def test_check_shows_what_a_failing_test_found(run, tmp_path):
    text = (tmp_path / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(text.replace("side: buy, tradeSide: open", "side: sell, tradeSide: open"))
    result = run("check")
    assert result.exit_code == 1
    assert "✗  a short signal turns the long around" in result.output
    assert "  - side: sell\n     + side: buy\n" in "\n".join(map(str.rstrip, result.output.splitlines()))
    assert "because: reverse the whole long position" in result.output
    assert "2 rules, 7 tests, 1 failed" in result.output


def test_schema_is_json_schema(run):
    schema = json.loads(run("schema").output)
    assert {"accounts", "senders", "symbols", "rules"} <= schema["properties"].keys()


class TestLedger:
    @pytest.fixture
    def ledger(self, run, tmp_path):
        ledger = open_ledger(f"sqlite:///{tmp_path}/executor.db")
        ledger.migrate()
        yield ledger
        ledger.close()

    @pytest.fixture
    def receipt(self, ledger):
        now = datetime.now(UTC)
        minute = timedelta(minutes=1)
        alert = NewAlert("r1", "tradingview", ALERT | {"close": "1834.2"}, "d", now, now, "c", {"k": minute})
        intent = Intent(
            "main",
            "ETHUSDT",
            "eth-trend",
            Target.SHORT,
            ALL,
            WhenFlat.IGNORE,
            OnFlatTarget.IGNORE,
            now + minute,
            minute,
        )
        ledger.alerts.record(alert, [intent])
        return "r1"

    def test_orders_and_show_tell_what_the_ledger_holds(self, run, receipt):
        assert re.search(r"r1 +main/ETHUSDT → short: queued", run("orders").output)
        assert run("orders", "--account", "other").output == "no orders\n"
        assert "main/ETHUSDT  eth-trend → short: queued" in run("show", receipt).output
        assert json.loads(run("show", receipt, "--json").output)["receipt"] == receipt

    def test_halt_and_resume_stand_in_the_ledger(self, run, ledger):
        assert "until `executor resume`" in run("halt", "--account", "main", "--reason", "news").output
        assert "UTC" in run("halt", "--for", "30m").output
        assert [halt.reason for halt in ledger.halts.in_force()] == ["news", "halted by hand"]
        assert "still halted: main, every symbol" in run("resume").output
        assert run("resume", "--account", "main").exit_code == 0
        again = run("resume")
        assert (again.exit_code, "nothing to resume" in again.output) == (1, True)

    @pytest.mark.parametrize("words", [["show", "nothing"], ["--config", "nowhere.yaml", "orders"]])
    def test_a_known_failure_is_one_sentence_and_exit_1(self, run, ledger, words):
        result = run(*words)
        assert result.exit_code == 1
        assert "Traceback" not in result.output
        assert result.output


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["orders", "--limit", "none"], ["halt", "--for", "soon"], ["explain", "-", "--position", "up=1"],
     ["simulator", "--fault", "x"], ["simulator", "--position", "x"]],
)  # fmt: skip
def test_wrong_usage_is_exit_2(run, words):
    assert run(*words, stdin="{}").exit_code == 2


def test_a_bug_is_exit_3_and_told_as_one(run, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("broken")

    monkeypatch.setattr("executor.cli.check.load", broken)
    result = run("check")
    assert result.exit_code == 3
    assert "this is a bug; please report it" in result.output


def test_the_simulator_runs_without_a_configuration_until_it_is_told_to_end(started, tmp_path):
    process = started("--config", str(tmp_path / "none.yaml"), "simulator", "--port", "0")
    lines = [process.stdout.readline() for _ in range(3)]
    assert "simulating one hedge account called main" in lines[0]
    assert "account main: hedge_mode, holds ETHUSDT long 10" in lines[2]
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_serve_says_what_is_wrong_and_ends(started, tmp_path):
    (tmp_path / "config.yaml").write_text(FIVE_MISTAKES)
    process = started("--config", str(tmp_path / "config.yaml"), "serve", "--bind", "127.0.0.1:0")
    told = process.stdout.read()
    assert process.wait(10) == 1
    assert told.count("config.yaml:") == 5
    assert "Traceback" not in told
