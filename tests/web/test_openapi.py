"""The description of the HTTP face against a real server: what it says is what there is."""

import re
import sqlite3

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from executor.core.order import State
from executor.core.position import Target
from executor.web.app import create_app
from executor.web.context import runner_of
from tests.served import ROOT, Served, by_command

DOCUMENT = yaml.safe_load((ROOT / "executor/web/openapi.yaml").read_text())
OPERATIONS = [(path, method) for path, item in DOCUMENT["paths"].items() for method in item if method != "parameters"]
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
HOOK, HOOK_WITH_SECRET, RECEIPT = "/hook/{sender}", "/hook/{sender}/{secret}", "/receipts/{receipt}"


def operation(path, method):
    return schemathesis.openapi.from_dict(DOCUMENT)[path][method]


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_every_route_is_described_but_for_the_pages(tmp_path):
    """The operator's pages are for browsers."""
    text = (ROOT / "config.yaml").read_text().replace("sqlite:///executor.db", f"sqlite:///{tmp_path}/ledger.db")
    (tmp_path / "config.yaml").write_text(text)
    app = create_app(tmp_path / "config.yaml", {"ALERT_SECRET": "0123456789abcdef" * 2 + "x"})
    runner_of(app).stop()
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.endpoint.startswith("operator.")
    }
    assert routes == set(OPERATIONS)


def test_the_words_of_the_core_are_those_of_the_description():
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["State"]["enum"] == [state.value for state in State]
    assert schemas["Intent"]["properties"]["target"]["enum"] == [target.value for target in Target]


def test_the_server_hands_out_the_description(served):
    answer = served.http.get(f"{served.url}/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == DOCUMENT


def proven(served, path):
    """A request with a right secret."""
    sender = {"path_parameters": {"sender": "tradingview"}}
    if path == HOOK:
        return sender | {"headers": {"Authorization": f"Bearer {served.secret}"}}
    return {"path_parameters": {"sender": "tradingview", "secret": served.secret}} if path == HOOK_WITH_SECRET else {}


ASKED = [(path, method, GenerationMode.POSITIVE) for path, method in OPERATIONS]
ASKED += [(HOOK, "post", GenerationMode.NEGATIVE), (HOOK_WITH_SECRET, "post", GenerationMode.NEGATIVE)]


@pytest.mark.parametrize(("path", "method", "mode"), ASKED)
def test_whatever_is_asked_the_answer_is_as_described(served, session, path, method, mode):
    statuses = set()

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation(path, method).as_strategy(mode, **proven(served, path)))
    def ask(case):
        answer = case.call(served.url, session, timeout=10)
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    ask()
    assert statuses, "it has been asked"


def told(served, session, path, method="post", **case):
    """The answer to a request, once it is found to be as described."""
    asked = operation(path, method).Case(**case)
    answer = asked.call(served.url, session, timeout=20)
    asked.validate_response(answer, checks=CHECKS[:-1])
    return answer


def test_the_way_of_an_alert_is_as_described(served, session):
    alert = {"media_type": "application/json", "body": served.alert("short")} | proven(served, HOOK_WITH_SECRET)
    taken = told(served, session, HOOK_WITH_SECRET, **alert)
    ended = told(served, session, HOOK_WITH_SECRET, **alert, headers={"Prefer": "wait=10"})
    assert (taken.status_code, ended.status_code) == (202, 200)
    assert ended.json()["orders"][0]["sends"], "it has gone all the way"
    receipt = told(served, session, RECEIPT, "get", path_parameters={"receipt": taken.json()["receipt"]})
    assert (receipt.status_code, receipt.json()["orders"]) == (200, ended.json()["orders"])
    again = told(served, session, HOOK_WITH_SECRET, **alert)
    assert (again.status_code, again.json()) == (200, taken.json())


REFUSALS = {
    "a garbled body": (HOOK, '{"a": 1,}', {}, 400),
    "a body above the limit": (HOOK, "a" * 170_000, {}, 413),
    "a compressed body": (HOOK, "{}", {"Content-Encoding": "gzip"}, 415),
    "no rule": (HOOK, "{}", {}, 422),
    "no proof": (HOOK, "{}", {"Authorization": "Bearer wrong"}, 401),
    "no receipt": (RECEIPT, None, {}, 404),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_are_as_described(served, session, name):
    path, body, headers, status = REFUSALS[name]
    if path == RECEIPT:
        answer = told(served, session, path, "get", path_parameters={"receipt": "0" * 24})
    else:
        case = proven(served, path)
        case["headers"] |= headers
        answer = told(served, session, path, **case, body=body, media_type="text/plain")
    assert (answer.status_code, answer.json()["status"]) == (status, status)


class Limited(Served):
    def text(self):
        return super().text().replace("    format: auto ", "    may: {accounts: [main]}\n    format: auto ")


def test_an_alert_beyond_its_sender_s_reach_is_refused_as_described(tmp_path, session):
    served = Limited(tmp_path, by_command)
    try:
        alert = {"media_type": "application/json", "body": served.alert("short", "net")}
        answer = told(served, session, HOOK, **alert, **proven(served, HOOK))
        assert answer.status_code == 403
        assert "may not use account net" in answer.json()["detail"]
    finally:
        served.stop()


def test_many_wrong_attempts_are_answered_as_described(served, session):
    wrong = {"path_parameters": {"sender": "tradingview"}, "body": "{}", "media_type": "text/plain"}
    for _ in range(100):
        if session.post(f"{served.url}/hook/tradingview", "{}").status_code == 429:
            break
    assert told(served, session, HOOK, **wrong).status_code == 429


def test_a_ledger_that_cannot_be_written_is_told_as_described(served, session):
    case = proven(served, HOOK) | {"body": served.alert("long"), "media_type": "application/json"}
    with sqlite3.connect(served.folder / "ledger.db", isolation_level=None) as other:
        other.execute("begin immediate")
        assert told(served, session, HOOK, **case).status_code == 503
    other.close()
