"""The switch: the operator stops orders with it, and no other client does."""

from datetime import UTC, datetime, timedelta

import pytest

from executor.ledger import HaltScope, open_ledger
from tests.web.operator.visiting import PASSWORD, Visitor


@pytest.fixture
def ledger(overseen):
    """Without halts, before and after."""
    ledger = open_ledger(f"sqlite:///{overseen.folder}/ledger.db")
    yield ledger
    for halt in ledger.halts.in_force():
        ledger.halts.resume(halt.scope, "test", datetime.now(UTC))
    ledger.close()


def halts(ledger):
    return ledger.halts.in_force()


def test_a_halt_denies_the_next_alert_in_every_process_and_resuming_lets_them_pass(overseen, operator, ledger):
    def states():
        posted = (overseen.post(overseen.alert("short"), wait=10, Connection="close") for _ in range(6))
        return {answer.json()["orders"][0]["state"] for answer in posted}

    assert operator.post("/halt", reason="holiday", author="Ann").status_code == 303
    assert states() == {"denied"}
    assert "holiday" in operator.get("/").text
    assert operator.post("/resume").status_code == 303
    assert states() == {"confirmed", "unneeded"}


@pytest.mark.parametrize(
    ("fields", "scope", "author", "reason", "lasts"),
    [
        ({}, HaltScope(), "operator (web)", "halted by hand", None),
        (
            {"account": "", "symbol": "", "lasts": "until resumed"},
            HaltScope(),
            "operator (web)",
            "halted by hand",
            None,
        ),
        ({"account": "main"}, HaltScope("main"), "operator (web)", "halted by hand", None),
        ({"symbol": "ETHUSDT"}, HaltScope(None, "ETHUSDT"), "operator (web)", "halted by hand", None),
        (
            {"account": "net", "symbol": "BTCUSDT", "author": "Ann", "reason": "FOMC", "lasts": "for 4 hours"},
            HaltScope("net", "BTCUSDT"),
            "Ann (web)",
            "FOMC",
            timedelta(hours=4),
        ),
        (
            {"author": "brakes", "reason": " a\r\nb\x1b[31m\u202e" + "c" * 300},
            HaltScope(),
            "brakes (web)",
            "a b[31m" + "c" * 193,
            None,
        ),
    ],
    ids=["nothing chosen", "everything", "an account", "a symbol", "a lane", "unpleasant words"],
)
def test_a_halt_is_as_the_form_says(operator, ledger, fields, scope, author, reason, lasts):
    assert operator.post("/halt", **fields).status_code == 303
    (made,) = halts(ledger)
    assert (made.scope, made.author, made.reason) == (scope, author, reason)
    if lasts is None:
        assert made.left is None
    else:
        assert lasts - timedelta(minutes=1) < made.left <= lasts


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"account": "mian"}, "Nothing was halted: config.yaml has no &#39;mian&#39;; it has main, net, swapped."),
        ({"symbol": "ethusdt"}, "it has ETHUSDT, BTCUSDT."),
        ({"lasts": "for ever"}, "Nothing was halted: &#39;for ever&#39; is not one of until resumed,"),
    ],
)
def test_a_halt_that_would_stop_nothing_is_refused(operator, ledger, fields, words):
    answer = operator.post("/halt", **fields)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert halts(ledger) == ()


def test_resuming_lifts_exactly_this_scope(operator, ledger):
    now = datetime.now(UTC)
    for scope in (HaltScope(), HaltScope("main"), HaltScope("main", "ETHUSDT")):
        ledger.halts.halt(scope, "test", "test", now)
    assert operator.post("/resume", account="main").status_code == 303
    assert [halt.scope for halt in halts(ledger)] == [HaltScope(), HaltScope("main", "ETHUSDT")]


def test_resuming_what_is_not_halted_says_so(operator):
    answer = operator.post("/resume", account="main")
    assert (answer.status_code, "no halt of main, every symbol is in force" in answer.text) == (409, True)


@pytest.mark.parametrize("path", ["/halt", "/resume"])
@pytest.mark.parametrize("token", [None, "nonsense", "of somebody else"])
def test_a_form_of_another_site_does_nothing(overseen, operator, ledger, path, token):
    ledger.halts.halt(HaltScope("main"), "test", "test", datetime.now(UTC))
    before = halts(ledger)
    if token == "of somebody else":
        token = Visitor(overseen).token()
    assert operator.post(path, token, account="main").status_code == 400
    assert halts(ledger) == before


@pytest.mark.parametrize("path", ["/halt", "/resume"])
@pytest.mark.parametrize("address", [None, "203.0.113.9"])
def test_halt_and_resume_need_the_login(overseen, ledger, path, address):
    ledger.halts.halt(HaltScope("main"), "test", "test", datetime.now(UTC))
    before = halts(ledger)
    visitor = Visitor(overseen, address)
    answer = visitor.post(path, account="main")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert halts(ledger) == before


@pytest.mark.parametrize("path", ["/halt", "/resume"])
def test_a_link_does_nothing(operator, path):
    assert operator.get(path).status_code == 405


def test_without_an_operator_those_on_this_machine_halt_and_others_cannot(unattended):
    here = Visitor(unattended, None)
    assert here.post("/halt").status_code == 303
    assert unattended.post(unattended.alert("short"), wait=10).json()["orders"][0]["state"] == "denied"
    assert here.post("/halt", None).status_code == 400
    stranger = Visitor(unattended)
    stranger.cookies = dict(here.cookies)
    assert stranger.post("/resume", here.token()).status_code == 404
    assert here.post("/resume").status_code == 303


def test_the_log_tells_who_halted_and_resumed(overseen, operator, ledger):
    operator.post("/halt", reason="for the log", author="Ann")
    operator.post("/resume", author="Bob")
    log = overseen.log.read_text()
    assert 'author="Ann (web)" reason="for the log"' in log
    assert 'author="Bob (web)"' in log
    assert PASSWORD not in log
