"""A simulator with two accounts, each holding ETHUSDT long 10, and clients for them."""

import time
from decimal import Decimal

import pytest

from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator
from tests.simulator.client import Client


@pytest.fixture
def simulator():
    held = {("ETHUSDT", "long"): Decimal(10)}
    accounts = (AccountSettings("main", positions=held), AccountSettings("net", mode="one_way_mode", positions=held))
    running = start_simulator(Settings(accounts=accounts, rate_limits=False))
    yield running
    running.stop()


@pytest.fixture
def main(simulator):
    """The hedge account's client."""
    client = Client(simulator.url)
    yield client
    client.session.close()


@pytest.fixture
def fault(simulator):
    """A function that switches one on."""
    return lambda text: simulator.exchange.faults.add(parse_fault(text))


@pytest.fixture
def until():
    """A function that waits for a condition and returns what it found."""

    def until(condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)
        return found

    return until
