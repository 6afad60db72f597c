"""The hook over real HTTP: what is answered, and what leaves for the exchange."""

import json

import pytest

from tests.served import Served, by_command, by_gunicorn


@pytest.mark.parametrize("command", [by_command, by_gunicorn])
def test_an_alert_becomes_one_reversal_and_its_copy_none(command, tmp_path):
    served = Served(tmp_path, command)
    body = json.dumps(served.alert("short"))
    first = served.post(body)
    assert first.status_code == 202
    assert first.json()["orders"] == [{"account": "main", "symbol": "ETHUSDT", "rule": "eth-trend", "target": "short"}]
    served.wait_for(lambda: served.held() == {"short": "10"})
    (order,) = served.journal()
    assert order["endpoint"] == "click-backhand"
    assert {name: order["body"][name] for name in ("side", "tradeSide", "size")} == {
        "side": "buy",
        "tradeSide": "open",
        "size": "10",
    }
    second = served.post(body, wait=5)
    assert (second.status_code, second.json()["receipt"]) == (200, first.json()["receipt"])
    assert second.json()["orders"][0]["state"] == "confirmed"
    assert len(served.journal()) == 1
    assert served.stop() == 0, "SIGTERM ends it well"


def test_one_way_mode_sends_neither_trade_side_nor_size(served):
    answer = served.post(served.alert("short", "net"), wait=10)
    assert answer.json()["orders"][0]["state"] == "confirmed"
    (order,) = served.journal("net")
    assert "tradeSide" not in order["body"]
    assert "size" not in order["body"]
    again = served.post(served.alert("short", "net"), wait=10)
    assert again.json()["orders"][0]["state"] == "unneeded"
    assert len(served.journal("net")) == 1


def test_an_alert_for_the_side_already_held_sends_nothing(served):
    answer = served.post(served.alert("long"), wait=10)
    (order,) = answer.json()["orders"]
    assert (order["state"], order["reason"]) == ("unneeded", "already long: the account holds long 10")
    assert served.journal() == []


def test_an_account_in_another_mode_is_refused_before_any_order(served):
    (order,) = served.post(served.alert("short", "swapped"), wait=10).json()["orders"]
    assert order["state"] == "denied"
    assert "is in hedge mode at the exchange, but config.yaml says position_mode: one-way" in order["reason"]
    assert "Change position_mode in config.yaml" in order["reason"]
    assert served.journal("swapped") == []


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/hook/tradingview", {"secret": "wrong"}, 401, "the sender, its secret, its address or its certificate"),
        ("/hook/nobody", {"secret": "wrong"}, 401, "the sender, its secret, its address or its certificate"),
        ("/hook/tradingview/wrong", "{}", 401, "the sender, its secret, its address or its certificate"),
        ("/hook/tradingview", "not an alert", 401, "the sender, its secret, its address or its certificate"),
        ("/hook/tradingview/{secret}", '{"a": 1,}', 400, "trailing comma"),
        ("/hook/tradingview/{secret}", b"\xff\xfe", 400, "not UTF-8"),
        ("/hook/tradingview/{secret}", {"strategy": "other"}, 422, "no rule matches; the nearest is"),
        ("/hook/tradingview/{secret}", "x" * (160 * 1024 + 1), 413, ""),
        ("/nowhere", "{}", 404, ""),
    ],
)
def test_a_refusal_is_a_problem_in_words(served, path, body, status, words):
    answer = served.post(body, path.format(secret=served.secret))
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert words in problem["detail"]
    assert served.secret not in answer.text


def test_a_value_that_makes_no_sense_is_refused_with_what_would(served):
    answer = served.post(served.alert("sideways"))
    assert answer.status_code == 422
    assert "eth-trend" in answer.json()["detail"]
    assert "sideways" in answer.json()["detail"]


def test_unknown_sender_wrong_secret_and_wrong_body_are_answered_alike(served):
    answers = [
        served.post({"secret": "wrong"}),
        served.post({"secret": "wrong"}, "/hook/nobody"),
        served.post("nonsense"),
        served.post({}, Authorization="Bearer wrong"),
    ]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1


def test_a_secret_may_come_as_a_header(served):
    alert = served.alert("long")
    del alert["secret"]
    assert served.post(alert, Authorization=f"Bearer {served.secret}").status_code == 202


def test_a_receipt_tells_the_story_without_the_secret(served):
    receipt = served.post(served.alert("long"), wait=10).json()["receipt"]
    answer = served.http.get(f"{served.url}/receipts/{receipt}")
    assert answer.status_code == 200
    assert answer.json()["orders"][0]["state"] == "unneeded"
    assert served.secret not in answer.text
    assert served.http.get(f"{served.url}/receipts/unknown").status_code == 404


def test_what_a_proxy_passes_on_is_not_from_this_machine(served):
    receipt = served.post(served.alert("long"), wait=10).json()["receipt"]
    forwarded = served.http.get(f"{served.url}/receipts/{receipt}", headers={"X-Forwarded-For": "127.0.0.1"})
    assert forwarded.status_code == 404


def test_health_tells_of_the_process_and_of_what_it_needs(served):
    assert served.http.get(f"{served.url}/health/live").json() == {"status": "live"}
    ready = served.http.get(f"{served.url}/health/ready")
    assert ready.status_code == 200
    assert ready.json()["ledger"] == "ok"
    assert ready.json()["accounts"]["main"] == "ok"
