"""The server as a process, in the two ways of starting it: it serves, ends in time, and says once why it cannot."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from gunicorn.arbiter import Arbiter

from executor.server.settings import REQUESTS_SECONDS, graceful_timeout
from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator
from tests.cli.processes import nothing_is_left_of, until
from tests.samples import TREND
from tests.web.wire import say

DEPLOYED = Path(__file__).parents[2] / "deploy" / "gunicorn.conf.py"
CONFIG = """\
version: 1
ledger: sqlite:///{folder}/executor.db
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}"}}
senders:
  tradingview: {{secrets: ["${{ALERT_SECRET}}"]}}
"""
CONFIG += TREND


@pytest.fixture
def exchange():
    long = {("ETHUSDT", "long"): Decimal(10)}
    simulator = start_simulator(Settings(accounts=(AccountSettings("main", positions=long),)))
    yield simulator
    simulator.stop()


@pytest.fixture
def config(tmp_path, exchange):
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(folder=tmp_path, url=exchange.url))
    return path


def by_gunicorn(started, config, secret, *words):
    environ = {"EXECUTOR_CONFIG": str(config), "EXECUTOR_BIND": "127.0.0.1:0", "ALERT_SECRET": secret}
    return started("-c", str(DEPLOYED), *words, "executor.web:create_app()", module="gunicorn", **environ)


@pytest.fixture(params=["executor serve", "gunicorn -c"])
def serve(request, started, config, secret):
    if request.param == "executor serve":
        return lambda: started("-c", str(config), "serve", "--bind", "127.0.0.1:0", ALERT_SECRET=secret)
    return lambda: by_gunicorn(started, config, secret)


@pytest.fixture
def http():
    """Keeps its connections, as a proxy does."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


def ready(server):
    """Where it listens and its worker's process id, once it has started."""
    told = until(server, "event=started")
    listening, worker = (re.search(words, told) for words in (r"at: (http://[\d.:]+)", r"worker with pid: (\d+)"))
    return listening[1], int(worker[1])


def post(http, url, secret, wait):
    alert = {"secret": secret, "strategy": "trend", "ticker": "ETHUSDT.P", "market_position": "short"}
    return http.post(f"{url}/hook/tradingview", json.dumps(alert), headers={"Prefer": f"wait={wait}"}, timeout=35)


def send(http, url, secret):
    """A signal, and the states of its orders once they have ended."""
    answer = post(http, url, secret, 10)
    assert answer.status_code == 200, answer.text
    return [order["state"] for order in answer.json()["orders"]]


def test_an_alert_becomes_an_order(serve, http, exchange, secret):
    url, _ = ready(serve())
    assert send(http, url, secret) == ["confirmed"]
    assert [entry["endpoint"] for entry in exchange.exchange.journal] == ["click-backhand"]


def test_it_goes_on_when_its_log_cannot_be_written(serve, http, secret):
    """Such as a disk that is full, or the end of what reads the pipe."""
    server = serve()
    url, _ = ready(server)
    server.stdout.close()
    assert send(http, url, secret) == ["confirmed"]
    server.send_signal(signal.SIGTERM)
    assert server.wait(graceful_timeout) == 0


def test_sigterm_ends_it_in_time_though_a_proxy_keeps_its_connection(serve, http, config):
    server = serve()
    url, _ = ready(server)
    assert http.get(f"{url}/health/live", timeout=5).ok
    server.send_signal(signal.SIGTERM)
    assert server.wait(graceful_timeout) == 0
    assert "event=stopped" in server.stdout.read()
    nothing_is_left_of(server)
    with contextlib.closing(sqlite3.connect(config.parent / "executor.db")) as ledger:
        assert ledger.execute("SELECT count(*) FROM nodes").fetchone() == (0,)


def test_the_last_thread_waits_for_no_outcomes(started, config, http, exchange, secret):
    for read in ("all-position", "single-position"):
        exchange.exchange.faults.add(parse_fault(f"{read}:status=500"))
    words = ("serve", "--threads", "1", "--bind", "127.0.0.1:0")
    url, _ = ready(started("-c", str(config), *words, ALERT_SECRET=secret))
    asked = time.monotonic()
    assert post(http, url, secret, 30).status_code == 202
    assert time.monotonic() - asked < 20


def test_sigterm_ends_the_waiting_for_outcomes(serve, http, exchange, secret):
    """An order that cannot run for now: no request waits for it any longer, and its alert stays acknowledged."""
    for read in ("all-position", "single-position"):
        exchange.exchange.faults.add(parse_fault(f"{read}:status=500"))
    server = serve()
    url, _ = ready(server)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, http, url, secret, 30)
        until(server, "alert stored")
        server.send_signal(signal.SIGTERM)
        assert answer.result(REQUESTS_SECONDS - 2).status_code == 202
    assert server.wait(REQUESTS_SECONDS) == 0


def test_ctrl_c_ends_it_in_order_however_often(serve, http):
    """A terminal signals every process at once, and the master its workers once more: sooner or later."""
    server = serve()
    url, worker = ready(server)
    assert http.get(f"{url}/health/live", timeout=5).ok
    os.killpg(server.pid, signal.SIGINT)
    with contextlib.suppress(ProcessLookupError):
        while server.poll() is None:
            os.kill(worker, signal.SIGQUIT)
            time.sleep(0.02)
    assert server.wait(graceful_timeout) == 0
    assert "event=stopped" in server.stdout.read()
    nothing_is_left_of(server)


def test_no_path_is_logged_however_much_gunicorn_is_asked_to_log(started, config, http, secret):
    server = by_gunicorn(started, config, secret, "--log-level", "debug", "--access-logfile", "-")
    url, _ = ready(server)
    assert http.post(f"{url}/hook/tradingview/{secret}", '{"strategy": "trend"}', timeout=5).status_code == 422
    for cut_off in (b"POST /hook/tradingview/%b", b"%b\r\n\r\n"):
        say(url, cut_off % secret.encode())
    server.send_signal(signal.SIGTERM)
    told = server.stdout.read()
    assert "127.0.0.1 POST 422" in told
    assert secret not in told


def test_a_bad_configuration_is_told_once(serve, config):
    config.write_text(config.read_text().replace("{{ market_position }}", "{{ market_position"))
    server = serve()
    told = server.stdout.read()
    assert server.wait(10) in (1, Arbiter.APP_LOAD_ERROR)  # executor's own exit code, or gunicorn's
    assert told.count("config.yaml:13  rules[0].target") == 1
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("bind", "proxies", "told"),
    [
        ("0.0.0.0:0", "", True),
        ("[::]:0", "", True),
        ("0.0.0.0:0", "proxies: 1\n", False),
        ("127.0.0.1:0", "", False),
        ("[::1]:0", "", False),
        ("localhost:0", "", False),
        ("unix:{folder}/executor.sock", "", False),
    ],
)
def test_serving_without_a_proxy_is_told(started, config, secret, bind, proxies, told):
    config.write_text(proxies + config.read_text())
    bind = bind.format(folder=config.parent)
    server = started("-c", str(config), "serve", "--bind", bind, ALERT_SECRET=secret)
    said = until(server, "event=started")
    server.send_signal(signal.SIGTERM)
    lines = [line for line in (said + server.stdout.read()).splitlines() if "no proxy in front" in line]
    assert len(lines) == told
    assert all("slow clients can keep every thread busy" in line for line in lines)
