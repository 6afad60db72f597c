"""Metrics: for whom they are, and that every worker tells the same."""

import platform
import sqlite3
from importlib.metadata import version

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.operator.visiting import ELSEWHERE, OPERATOR, TOKEN, Overseen, Visitor


def scraped(served):
    """Name and labels → value, as a scraper reads them; by a new connection each, so that all workers answer."""
    answer = Visitor(served, ELSEWHERE).get("/metrics", Authorization=f"Bearer {TOKEN}", Connection="close")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def orders(state, account="main", name="executor_orders_total"):
    return name, ("account", account), ("state", state), ("symbol", "ETHUSDT")


def test_every_worker_tells_what_the_ledger_holds(overseen, operator):
    for target in ("short", "short", "long"):
        overseen.post(overseen.alert(target), wait=10)
    operator.post("/halt", account="net", symbol="BTCUSDT")
    tellings = [scraped(overseen) for _ in range(12)]
    for told in tellings:
        assert told[orders("confirmed")] == 2
        assert told[orders("unneeded")] == 1
        assert told[("executor_lanes_incomplete",)] == 0
        assert told[("executor_halts", ("account", "net"), ("symbol", "BTCUSDT"))] == 1
        assert told[("executor_processes",)] == 2
        assert told[("executor_account_readable", ("account", "main"))] == 1
        assert told[("executor_config_current",)] == 1


def test_metrics_tell_the_versions_in_use(overseen):
    versions = ("python", platform.python_version()), ("version", version("executor"))
    assert scraped(overseen)[("executor_build_info", *versions)] == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
@pytest.mark.parametrize("address", [ELSEWHERE, None])
def test_metrics_take_the_token_here_as_well(overseen, address, headers):
    """A proxy on this machine that leaves no trace would show them to every client."""
    visitor = Visitor(overseen, address)
    answer = visitor.get("/metrics", **headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "executor_orders" not in answer.text
    assert visitor.get("/health/ready", **headers).json() == {"status": "ready"}


def test_the_operator_needs_no_token(overseen, operator):
    assert operator.get("/metrics").status_code == 200
    assert operator.get("/health/ready").json()["accounts"]["main"] == "ok"


def test_the_token_shows_the_details_of_health_as_well(overseen):
    ready = Visitor(overseen).get("/health/ready", Authorization=f"Bearer {TOKEN}")
    assert ready.json()["accounts"]["main"] == "ok"
    assert ready.json()["version"] == version("executor")


def test_without_an_operator_there_are_metrics_on_this_machine_alone(unattended):
    assert Visitor(unattended, None).get("/metrics").status_code == 200
    for visitor in (Visitor(unattended), Visitor(unattended, None, Host="evil.example")):
        assert visitor.get("/metrics", Authorization=f"Bearer {TOKEN}").status_code == 404


def test_a_ledger_that_cannot_be_read_is_503(tmp_path):
    served = Overseen(tmp_path, OPERATOR)
    try:
        with sqlite3.connect(tmp_path / "ledger.db") as connection:
            connection.execute("ALTER TABLE halts RENAME TO gone")
        connection.close()
        assert Visitor(served).get("/metrics", **served.monitor).status_code == 503
    finally:
        served.stop()
