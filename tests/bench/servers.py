"""What a run is made of: the exchange, and a floor or an executor that sends to it, each in processes of its own."""

import http.client
import json
import socket
from contextlib import contextmanager

import trustme

from tests.bench.processes import Process, free_port
from tests.bench.shape import SECRET
from tests.bench.slow_disk import slow_disk

HOST = "127.0.0.1"
NAME = "localhost"  # whom the certificate is for
THREADS = "16"
RELAY_MS = 40


class Exchange:
    """The stand-in, from outside. `url` is how servers reach it, `certificate` what they must trust, or None."""

    def __init__(self, port, url, certificate):
        self._address, self.url, self.certificate = (HOST, port), url, certificate

    def arrivals(self):
        """The orders since this was last asked: (nanoseconds of `time.monotonic_ns()`, key, symbol)."""
        return json.loads(get(self._address, "/arrivals"))


class Server:
    """What takes alerts; `start_seconds` is how long it took until it was ready to."""

    def __init__(self, process, port):
        self.process, self.address = process, (HOST, port)
        self.start_seconds = process.wait_until(lambda: get(self.address, "/health/ready"))


@contextmanager
def exchange(folder, symbols):
    """On loopback."""
    with _stand_in(folder, symbols) as port:
        yield Exchange(port, f"http://{HOST}:{port}", None)


@contextmanager
def distant_exchange(folder, symbols):
    """As far away as a real one, and over TLS."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert(NAME).private_key_and_cert_chain_pem.write_to_path(folder / "exchange.pem")
    secure, relayed = free_port(), free_port()
    with _stand_in(folder, symbols, str(secure), str(folder / "exchange.pem")) as port:
        relay = Process(folder / "relay.log", ["tests.bench.relay", str(relayed), str(secure), str(RELAY_MS)])
        try:
            relay.wait_until(lambda: answers(relayed))
            yield Exchange(port, f"https://{NAME}:{relayed}", folder / "ca.pem")
        finally:
            relay.stop()


@contextmanager
def _stand_in(folder, symbols, *secure):
    """Its port that answers in plain HTTP."""
    port = free_port()
    process = Process(folder / "exchange.log", ["tests.bench.exchange", str(symbols), str(port), *secure])
    try:
        process.wait_until(lambda: get((HOST, port), "/arrivals"))
        yield port
    finally:
        process.stop()


@contextmanager
def floor(folder, venue):
    arguments = ["gunicorn", "-k", "gthread", "--threads", THREADS, "--backlog", "2048", "tests.bench.floor:app"]
    environ = {"BENCH_SECRET": SECRET, "BENCH_EXCHANGE": venue.url}
    with _running(folder / "floor.log", arguments, venue, environ) as server:
        yield server


@contextmanager
def executor(folder, venue, setup, ledger_url):
    config = folder / "config.yaml"
    config.write_text(setup.shape.config(ledger_url, venue.url))
    serve = ["serve", "--threads", THREADS, "--workers", str(setup.workers)]
    arguments = ["executor", "--config", str(config), *serve]
    under = slow_disk(setup.sync_ms) if setup.sync_ms else ()
    with _running(folder / "executor.log", arguments, venue, under=under) as server:
        yield server


@contextmanager
def holding_peers(folder, server, number):
    """Clients that keep their side of a closed connection open."""
    process = Process(folder / "peers.log", ["tests.bench.peers", str(server.address[1]), str(number)])
    try:
        yield
    finally:
        process.stop()


@contextmanager
def _running(log, arguments, venue, environ=None, under=()):
    port = free_port()
    trusting = ["tests.bench.trusting", str(venue.certificate)] if venue.certificate else []
    process = Process(log, [*trusting, *arguments, "--bind", f"{HOST}:{port}"], environ, under)
    try:
        yield Server(process, port)
    finally:
        process.stop()


def get(address, path):
    """The body of a 200; None for any other answer. Raises OSError."""
    host, port = address
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else None
    except http.client.HTTPException:
        return None
    finally:
        connection.close()


def answers(port):
    """Whether anybody listens there. Raises OSError if not."""
    with socket.create_connection((HOST, port), timeout=10):
        return True
