"""It treats connections as an exchange does: kept for the next request, and gone with it."""

import http.client
from contextlib import closing

import pytest

from executor.simulator import start_simulator

TIME = "/api/v2/public/time"


@pytest.fixture
def simulator():
    simulator = start_simulator()
    yield simulator
    simulator.stop()


@pytest.fixture
def connection(simulator):
    address = simulator.url.removeprefix("http://")
    with closing(http.client.HTTPConnection(address, timeout=5)) as connection:
        yield connection


def ask(connection, *request):
    connection.request(*request)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_connection_is_kept_for_the_next_request(connection):
    assert ask(connection, "GET", TIME)[0] == 200
    socket = connection.sock
    assert socket
    assert ask(connection, "POST", "/nowhere", b"a body that is not read")[0] == 404
    assert ask(connection, "GET", TIME)[0] == 200
    assert connection.sock is socket


def test_stopping_hangs_up(simulator, connection):
    ask(connection, "GET", TIME)
    simulator.stop()
    assert connection.sock.recv(1) == b""
