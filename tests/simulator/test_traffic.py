"""The exchange's rate limits, and the counts of what came."""

import pytest

from executor.simulator import Settings, start_simulator
from executor.simulator.traffic import ADDRESS_LIMIT, LIMITS, Traffic
from tests.simulator.client import ETH, Client


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def traffic(clock):
    return Traffic(clock)


def admits(traffic, endpoint="click-backhand", *, public=False, limited=True):
    return traffic.admits("main", endpoint, public=public, limited=limited)


@pytest.mark.parametrize(
    ("endpoint", "public", "limit"),
    [*((endpoint, False, limit) for endpoint, limit in LIMITS.items()), ("time", True, 20), ("contracts", True, 20)],
)
def test_so_many_a_second_are_let_in(traffic, clock, endpoint, public, limit):
    assert [admits(traffic, endpoint, public=public) for _ in range(limit + 1)] == [True] * limit + [False]
    clock.now += 1
    assert admits(traffic, endpoint, public=public)


def test_accounts_and_endpoints_are_limited_apart(traffic):
    assert all(admits(traffic) for _ in range(10))
    assert admits(traffic, "place-order")
    assert traffic.admits("net", "click-backhand", public=False, limited=True)


def test_an_address_is_refused_for_five_minutes(traffic, clock):
    assert all(traffic.admits_address("here", limited=True) for _ in range(ADDRESS_LIMIT))
    assert not traffic.admits_address("here", limited=True)
    assert traffic.admits_address("elsewhere", limited=True)
    clock.now += 299
    assert not traffic.admits_address("here", limited=True)
    clock.now += 2
    assert traffic.admits_address("here", limited=True)


def test_without_limits_requests_are_only_counted(traffic):
    assert all(admits(traffic, limited=False) for _ in range(30))
    assert all(traffic.admits_address("here", limited=False) for _ in range(ADDRESS_LIMIT + 1))
    told = traffic.to_json()
    assert (told["requests"], told["too_many"], told["most_in_a_minute"]) == (30, 0, ADDRESS_LIMIT + 1)


def test_the_busiest_second_is_told(traffic, clock):
    for number in (3, 12, 2):
        for _ in range(number):
            admits(traffic)
        clock.now += 5
    assert traffic.to_json()["endpoints"] == [
        {"account": "main", "endpoint": "click-backhand", "requests": 17, "too_many": 2, "most_in_a_second": 12}
    ]


@pytest.fixture
def limited(traffic):
    """A client of a simulator with limits, whose seconds never end."""
    simulator = start_simulator(Settings())
    simulator.exchange.traffic = traffic
    client = Client(simulator.url)
    yield client
    client.session.close()
    simulator.stop()


def test_requests_are_counted_over_http(limited):
    for _ in range(3):
        limited.get("single-position", **ETH)
    limited.session.get(f"{limited.url}/api/v2/public/time", timeout=5)
    told = limited.control("requests", "GET")
    assert (told["requests"], told["too_many"]) == (4, 0)
    found = {(row["account"], row["endpoint"]): row["requests"] for row in told["endpoints"]}
    assert found == {("main", "single-position"): 3, ("127.0.0.1", "time"): 1}
    limited.control("requests", "DELETE")
    assert limited.control("requests", "GET")["endpoints"] == []


def test_too_many_are_answered_with_429(limited):
    answers = [limited.ask("POST", "close-positions", body=ETH) for _ in range(3)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers[1:]] == [(429, "429")] * 2
    assert answers[0].status_code != 429
    assert limited.control("requests", "GET")["too_many"] == 2


def test_a_429_that_is_a_fault_is_not_counted(main, fault):
    fault("single-position:429")
    assert main.get("single-position", **ETH)["code"] == "429"
    assert main.control("requests", "GET")["too_many"] == 0
