"""The simulated exchange as a command."""

import os
import re
import signal
import socket
import time
from errno import EADDRINUSE

import pytest
import requests

from executor.bitget.exchange import BitgetExchange
from executor.bitget.reads import ReadRefused
from executor.core.contract import Market
from executor.core.position import PositionMode
from executor.simulator.faults import FAULTS

ETHUSDT = Market("ETHUSDT", "USDT-FUTURES", "USDT")
ACCOUNTS = """
accounts:
  net: {venue: simulator, position_mode: one-way}
  both: {venue: simulator, position_mode: hedge}
  real: {venue: live, position_mode: hedge, api_key: "${NOWHERE}"}
symbols:
  BTCUSD: {product_type: COIN-FUTURES, margin_coin: BTC, tickers: [BTCUSD.P]}
  DOGEPERP: {product_type: USDC-FUTURES, margin_coin: USDC}
  BTCUSDT: {product_type: USDC-FUTURES, margin_coin: USDC}
"""


@pytest.fixture
def simulate(started, tmp_path):
    """Start one for ACCOUNTS; the process and its first lines, once it serves."""
    (tmp_path / "config.yaml").write_text(ACCOUNTS)

    def simulate(*words):
        process = started("-c", str(tmp_path / "config.yaml"), "simulator", "--port", "0", *words)
        lines = [process.stdout.readline() for _ in range(4)]
        url = re.search(r"http://[\d.:]+", lines[0])[0]
        return process, url, lines

    return simulate


def exchange_of(url, account):
    return BitgetExchange(account, key=account, secret="simulator", passphrase="simulator", base_url=url)


def test_it_has_the_configuration_s_simulated_accounts_and_says_what_they_hold(simulate):
    process, url, lines = simulate("--mode", "both=one-way")
    assert lines[0] == f"Bitget, simulated, on {url} (Ctrl-C ends it)\n"
    assert lines[1:3] == [
        "  account net: one_way_mode, holds ETHUSDT long 10\n",
        "  account both: one_way_mode, holds ETHUSDT long 10\n",
    ]
    assert lines[3] == f"  in config.yaml, its accounts need base_url: {url}\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_its_keys_are_the_accounts_names(simulate):
    _, url, _ = simulate("--position", "both:ETHUSDT=long:20", "--position", "both:ETHUSDT=short:3")
    both = exchange_of(url, "both")
    assert str(both.position(ETHUSDT).position) == "long 20 and short 3"
    assert both.account_mode(ETHUSDT).mode is PositionMode.HEDGE
    assert exchange_of(url, "net").position(ETHUSDT).position.flat


@pytest.mark.parametrize(
    "market", [Market("BTCUSD", "COIN-FUTURES", "BTC"), Market("DOGEPERP", "USDC-FUTURES", "USDC")], ids=str
)
def test_it_trades_the_configuration_s_symbols(simulate, market):
    _, url, _ = simulate("--position", f"{market.symbol}=long:2")
    both = exchange_of(url, "both")
    assert str(both.position(market).position) == "long 2"
    assert both.contract(market).symbol == market.symbol


def test_a_known_symbol_keeps_its_product_type(simulate):
    _, url, _ = simulate()
    with pytest.raises(ReadRefused, match="40034"):
        exchange_of(url, "both").contract(Market("BTCUSDT", "USDC-FUTURES", "USDC"))


def test_a_position_is_moved_later(simulate):
    _, url, _ = simulate("--move", "both:ETHUSDT=short:3@100ms")
    both, deadline = exchange_of(url, "both"), time.monotonic() + 10
    while str(both.position(ETHUSDT).position) != "short 3":
        assert time.monotonic() < deadline
        time.sleep(0.15)  # within the read's limit
    assert str(exchange_of(url, "net").position(ETHUSDT).position) == "long 10"


def test_its_help_tells_the_faults(run):
    told = " ".join(run("simulator", "--help").output.split())
    for name, kind in FAULTS.items():
        assert f" {name} {kind.does}" in told


def test_its_faults_strike(simulate):
    _, url, _ = simulate("--fault", "time:status=503:1")
    with requests.Session() as session:
        session.trust_env = False
        answers = [session.get(f"{url}/api/v2/public/time", timeout=5).status_code for _ in range(2)]
    assert answers == [503, 200]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--position", "NOSUCH=long:3"], "NOSUCH is not traded here"),
        (["--position", "ETHUSDT=long:3.3.3"], "write ETHUSDT=long:10"),
        (["--move", "ETHUSDT=short:3"], "write ETHUSDT=short:10@6s"),
        (["--move", "NOSUCH=short:3@1s"], "--move: NOSUCH is not traded here"),
        (["--move", "mian:ETHUSDT=short:3@1s"], "--move: there is no account 'mian'"),
        (["--position", "mian:ETHUSDT=long:3"], "no account 'mian'; there are main"),
        (["--mode", "main=net"], "write ACCOUNT=hedge"),
        (["--mode", "main=one-way", "--position", "ETHUSDT=long:1", "--position", "ETHUSDT=short:1"], "both legs"),
        (["--fault", "click-backhand:nonsense"], "the faults are"),
        (["--fault", "clickbackhand:drop-reply"], "there is no endpoint 'clickbackhand'; there are account, accounts,"),
        (["--fault", "click-backhand:delay:ms=0.5"], "'ms=0.5' in 'click-backhand:delay:ms=0.5' is no option"),
        (["--fault", "click-backhand:status=9999"], "'http=9999' in 'click-backhand:status=9999' is no option"),
        (["--fault", "click-backhand:code:1:40762"], "write code=40762 or times=40762"),
        (["--port", "99999"], "not in the range"),
    ],
)
def test_what_cannot_be_simulated_is_wrong_usage(run, monkeypatch, words, complaint):
    monkeypatch.setattr("executor.cli.simulator.start_simulator", pytest.fail)
    result = run("simulator", *words)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.split())


def test_a_port_that_is_taken_is_a_known_failure(started):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        process = started("simulator", "--port", port)
        told = process.stdout.read()
        assert process.wait(10) == 1
    assert told == f"executor: port {port} cannot be used ({os.strerror(EADDRINUSE)}); choose another with --port\n"
