"""The ways to prove a sender, over real HTTP."""

import base64
import hashlib
import hmac
import json
import secrets
import time

import pytest

from tests.served import Served, by_command

KEY = secrets.token_bytes(32)
SIGNING = f"whsec_{base64.b64encode(KEY).decode()}"
BOT = """
  bot:
    secrets: [{signing}]
    format: json
    may: {{symbols: [ETHUSDT]}}
"""


class Signing(Served):
    """The shipped config.yaml with one more sender, which signs what it sends."""

    def text(self):
        text, _, _ = super().text().partition("\ntests:")
        text = text.replace("      sender: tradingview\n", "      sender: [tradingview, bot]\n", 1)
        return text.replace("\nsymbols:", BOT.format(signing=SIGNING).rstrip() + "\n\nsymbols:")

    def send(self, alert, message_id, ago=0):
        body = json.dumps(alert)
        at = str(int(time.time()) - ago)
        digest = hmac.digest(KEY, f"{message_id}.{at}.{body}".encode(), hashlib.sha256)
        signature = f"v1,{base64.b64encode(digest).decode()}"
        headers = {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": signature}
        return self.post(body, "/hook/bot", **headers)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Signing(tmp_path_factory.mktemp("signing"), by_command)
    yield served
    served.stop()


def test_a_signed_alert_is_taken_once_whatever_comes_under_its_id_again(served):
    alert = served.alert("long", secret="none")
    first = served.send(alert, "msg_1")
    assert first.status_code == 202
    again = served.send(alert, "msg_1", ago=-2)
    assert (again.status_code, again.json()["receipt"]) == (200, first.json()["receipt"])
    assert "differs" not in again.json()
    other = served.send(served.alert("short"), "msg_1")
    assert (other.status_code, other.json()["receipt"], other.json()["differs"]) == (200, first.json()["receipt"], True)
    assert served.send(alert, "msg_2").status_code == 202


def test_a_replay_is_known_by_a_server_that_has_started_since(tmp_path):
    before = Signing(tmp_path, by_command)
    first = before.send(before.alert("long"), "msg_1")
    before.stop()
    after = Signing(tmp_path, by_command)
    again = after.send(after.alert("short"), "msg_1")
    after.stop()
    assert (first.status_code, again.status_code) == (202, 200)
    assert (again.json()["receipt"], again.json()["differs"]) == (first.json()["receipt"], True)
    assert after.journal() == []


def test_a_signed_alert_that_was_captured_is_refused_after_five_minutes(served):
    assert served.send(served.alert("long"), "msg_3", ago=310).status_code == 401


def test_an_alert_beyond_the_sender_s_reach_is_refused_and_nothing_is_stored(served):
    alert = served.alert("long", ticker="BTCUSDT.P", secret="none")
    answer = served.send(alert, "msg_4")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["detail"] == (
        "sender bot may not use symbol BTCUSDT, as rule eth-trend asks: "
        "add it to may.symbols of this sender in config.yaml if it should"
    )
    within = served.send(alert | {"ticker": "ETHUSDT.P"}, "msg_4")
    assert within.status_code == 202, "not even the message's id was kept"


def test_the_secret_that_signs_is_not_one_to_show(served):
    for headers in ({}, {"Authorization": f"Bearer {SIGNING}"}):
        assert served.post(served.alert("long", secret=SIGNING), "/hook/bot", **headers).status_code == 401
