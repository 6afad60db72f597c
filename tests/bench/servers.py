"""What a run is made of: the exchange, and a floor or an executor that sends to it, each in processes of its own."""

import http.client
import json
import socket
import ssl
from contextlib import contextmanager, nullcontext

import trustme

from tests.bench.processes import Process, free_port
from tests.bench.sender import GIVE_UP_SECONDS
from tests.bench.shape import SECRET
from tests.bench.slow_disk import slow_disk
from tests.deploy import certificates
from tests.deploy.peers import peers
from tests.deploy.proxies import Proxy

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

    def connect(self):
        """A new connection for one alert."""
        return socket.create_connection(self.address, timeout=GIVE_UP_SECONDS)


class Behind:
    """A server behind a proxy, which alerts reach over TLS."""

    def __init__(self, server, url, context):
        self.process, self.start_seconds = server.process, server.start_seconds
        self._address, self._context = (HOST, int(url.rsplit(":", 1)[1])), context

    def connect(self):
        plain = socket.create_connection(self._address, timeout=GIVE_UP_SECONDS)
        return self._context.wrap_socket(plain, server_hostname=NAME)


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
def behind(kind, folder, server, disturbed):
    """The server behind a shipped proxy, perhaps with bad clients beside the alerts."""
    upstream = "{}:{}".format(*server.address)
    certificate = certificates.server().saved(folder)
    changed = [("52.89.214.238", HOST)] if kind == "nginx" else []  # alerts come from an address without limits
    proxy = Proxy(kind, folder, upstream, certificate, SECRET, changed=changed)
    context = ssl.create_default_context(cafile=certificate[0])
    try:
        with peers(proxy.url, certificate[0]) if disturbed else nullcontext():
            yield Behind(server, proxy.url, context)
    finally:
        proxy.stop()


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
