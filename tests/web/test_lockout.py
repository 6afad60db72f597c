"""A flood of guesses at the real server: refused ever more briefly, and nothing to those who know a secret."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from requests.adapters import HTTPAdapter

STRANGER, OWNER = "127.0.0.2", "127.0.0.1"  # both are loopback addresses of Linux
FLOOD = 2_000


class From(HTTPAdapter):
    """Connects from one of this machine's addresses."""

    def __init__(self, address):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **settings):
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **settings)


@pytest.fixture
def posting():
    """Post from an address of one's choice."""
    sessions = {}
    for address in (STRANGER, OWNER):
        sessions[address] = requests.Session()
        sessions[address].trust_env = False
        sessions[address].mount("http://", From(address))

    yield lambda address, url, body, **headers: sessions[address].post(url, json=body, headers=headers, timeout=40)
    for session in sessions.values():
        session.close()


def test_a_flood_of_guesses_leaves_the_owner_alone_also_at_the_same_address(served, posting):
    hook = f"{served.url}/hook/tradingview"

    def guess(number):
        return posting(STRANGER, f"{served.url}/hook/{('tradingview', 'nobody')[number % 2]}", {"secret": f"{number}"})

    with ThreadPoolExecutor(2) as pool:
        guesses = [pool.submit(guess, number) for number in range(FLOOD)]
        taken = []
        while not all(one.done() for one in guesses):
            taken += [posting(address, hook, served.alert("long")).status_code for address in (OWNER, STRANGER)]
        answers = [one.result() for one in guesses]
    assert set(taken) == {202}
    assert len(taken) >= 20
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (10, FLOOD - 10)

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len({answer.text for answer in refused}) == 1, "known and unknown senders are refused alike"
    assert {answer.headers["Content-Type"] for answer in refused} == {"application/problem+json"}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)
    assert "a right one is always" in refused[0].json()["detail"]

    assert posting(OWNER, hook, {"secret": "wrong"}).status_code == 401, "another address is not locked"
    by_header = {"Authorization": f"Bearer {served.secret}", "Prefer": "wait=10"}
    (order,) = posting(STRANGER, hook, served.alert("short", secret="wrong"), **by_header).json()["orders"]
    assert order["state"] == "confirmed"
    assert served.held() == {"short": "10"}

    def logged(words):
        return served.log.read_text().count(words)

    served.wait_for(lambda: logged("wrong attempts locked, right ones still get in"))
    assert logged("status=401") == 11, "each wrong attempt until the lock, and none that met it"
    assert logged("status=429") == 0
