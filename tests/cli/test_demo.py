"""The demo: honest about what happened, and gone when it has ended."""

import re
import shlex
import signal
import sys
from dataclasses import replace
from http.client import HTTPConnection

import pytest
import requests

from executor.cli.demo_cases import CASES
from tests.cli.processes import nothing_is_left_of, until


def test_six_cases_go_as_announced(started):
    process = started("demo", COLUMNS="80")
    told = process.stdout.read()
    assert process.wait(60) == 0, told
    nothing_is_left_of(process)
    assert [f"✓ {number}  {case.title}" in told for number, case in enumerate(CASES, 1)] == [True] * 6
    assert "✗" not in told
    assert len(re.findall(r"time +[\d.]+ ms from alert to order", told)) == 3
    assert "All 6 cases went as announced. 6 alerts, 3 orders at the exchange." in told
    assert max(map(len, told.splitlines())) <= 80
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("name", "announced", "happened"),
    [
        ("answer", "200, rule trend: unneeded", "200, rule trend: confirmed"),
        ("sent", "nothing", "click-backhand: side buy"),
        ("position", "long 10 → long 10", "long 10 → short 10"),
    ],
)
def test_what_goes_other_than_announced_is_shown_and_fails(run, monkeypatch, name, announced, happened):
    case = replace(CASES[0], announced=replace(CASES[0].announced, **{name: announced}))
    monkeypatch.setattr("executor.cli.demo.CASES", (case,))
    result = run("demo")
    assert result.exit_code == 1
    assert "✗ 1  a reversal" in result.output
    assert re.search(rf"{name} +{re.escape(announced)} +{re.escape(happened)}", result.output)
    assert "Not as announced: a reversal" in result.output


def test_a_server_that_does_not_start_is_told_with_its_last_words(run, monkeypatch):
    monkeypatch.setattr("executor.cli.demo_scene.CONFIG", "version: 2\n")
    result = run("demo")
    assert result.exit_code == 1
    assert "the demo's server did not start; its last words:" in result.stderr
    assert "config.yaml:1  version" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_kept_it_takes_the_alert_that_it_shows_until_it_is_told_to_end(started, number):
    process = started("demo", "--keep")
    told = until(process, "/hook/tradingview")
    command = shlex.split(told[told.index("curl ") :])
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(command[-1], command[command.index("-d") + 1], headers={"Prefer": "wait=10"}, timeout=15)
    assert [order["state"] for order in answer.json()["orders"]] == ["confirmed"]
    process.send_signal(number)
    assert process.wait(10) == 0
    nothing_is_left_of(process)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no system call does this")
def test_killed_it_takes_its_server_along(started, tmp_path):
    process = started("demo", "--keep", TMPDIR=str(tmp_path))  # killed, it leaves its folder behind
    address = re.search(r"http://([\d.:]+)/hook", until(process, "/hook/tradingview"))[1]
    kept = HTTPConnection(address, timeout=20)
    kept.request("GET", "/health/live")
    assert kept.getresponse().read()
    process.kill()
    assert kept.sock.recv(1) == b"", "idle it would be kept for 75 s, as long as there is a server"
    kept.close()


def test_interrupted_while_it_starts_it_leaves_nothing(started, tmp_path):
    process = started("demo", TMPDIR=str(tmp_path))
    until(process, "Starting")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    nothing_is_left_of(process)
    assert list(tmp_path.glob("executor-demo-*")) == []
