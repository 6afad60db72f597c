"""Whether the distant exchange is as far away as it says."""

import time

import requests

from tests.bench.servers import RELAY_MS, distant_exchange

ROUND_TRIP = 2 * RELAY_MS / 1000


def seconds_to_ask(session, venue):
    started = time.monotonic()
    answer = session.get(f"{venue.url}/api/v2/public/time", verify=str(venue.certificate), timeout=10)
    assert answer.json()["code"] == "00000"
    return time.monotonic() - started


def test_a_kept_connection_costs_one_round_trip_and_a_new_one_two_more(tmp_path):
    with distant_exchange(tmp_path, symbols=1) as venue, requests.Session() as session:
        session.trust_env = False
        assert seconds_to_ask(session, venue) >= 3 * ROUND_TRIP  # TCP, TLS, the request
        assert seconds_to_ask(session, venue) >= ROUND_TRIP
