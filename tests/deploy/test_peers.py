"""Each shipped proxy before clients that are slow, silent, garbled or many: right alerts go through beside them."""

import json
import secrets
import socket
import sqlite3
import ssl
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import pytest

from tests.deploy.peers import HEAD, peers
from tests.deploy.proxies import Proxy
from tests.deploy.storm import Open, read_answer, waits
from tests.web.wire import answer, chunks

pytestmark = pytest.mark.xdist_group("deploy")
TRADINGVIEW_SECONDS = 3  # that it waits for an answer
MOST_BYTES = 160 * 1024
BURST = 500


def connect(server, proxy, address="127.0.0.1"):
    context = ssl.create_default_context(cafile=server.certificate[0])
    host, port = "127.0.0.1", int(proxy.url.rsplit(":", 1)[1])
    plain = socket.create_connection((host, port), 20, (address, 0))
    return context.wrap_socket(plain, server_hostname="localhost")


def alert(server, **more):
    return json.dumps(server.alert("long") | {"secret": server.of_senders["here"]} | more).encode()


def request(body, length=None):
    return HEAD + b"Content-Length: %d\r\n\r\n" % (length or len(body)) + body


def stored(server, marker=""):
    with closing(sqlite3.connect(server.folder / "executor.db")) as ledger:
        (number,) = ledger.execute("SELECT count(*) FROM alerts WHERE fields LIKE ?", [f"%{marker}%"]).fetchone()
    return number


def test_slow_and_silent_clients_delay_no_alert(deployed, proxy):
    with peers(proxy.url, deployed.certificate[0]):
        seconds, statuses = waits(lambda: deployed.send("here", proxy), 20, 0.2)
    assert statuses == {202}
    assert seconds[-1] < TRADINGVIEW_SECONDS


@pytest.mark.parametrize("framed", [request, lambda body: HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(body)])
@pytest.mark.parametrize(("over", "status"), [(0, "202"), (1, "413"), (2_000_000, "413")])
def test_bodies_end_at_160_kib(deployed, proxy, framed, over, status):
    body = alert(deployed)
    body += b" " * (MOST_BYTES + over - len(body))
    with connect(deployed, proxy) as connection:
        with suppress(OSError):  # the proxy has closed it
            connection.sendall(framed(body))
        assert read_answer(connection) == status
    assert deployed.send("here", proxy).status_code == 202


#   what is sent, given a good alert's body
GARBLED = {
    "no HTTP": lambda body: b"nonsense\r\n\r\n" + body,
    "two lengths": lambda body: HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n" + body,
    "a length that is none": lambda body: HEAD + b"Content-Length: -5\r\n\r\n" + body,
    "garbled chunks": lambda body: HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body + b"\r\n0\r\n\r\n",
    "a header of 100 KB": lambda body: HEAD + b"Note: " + b"x" * 100_000 + b"\r\n\r\n" + body,
}


@pytest.mark.parametrize("name", GARBLED)
def test_garbled_requests_store_nothing(deployed, proxy, name):
    marker = secrets.token_hex(8)
    with connect(deployed, proxy) as connection, suppress(OSError):  # the proxy has closed it
        connection.sendall(GARBLED[name](alert(deployed, marker=marker)))
        assert read_answer(connection)[:1] in ("4", "5", "")
    assert deployed.send("here", proxy).status_code == 202
    assert stored(deployed, marker) == 0


HALVES = {
    "by its length": lambda body: request(body, len(body) + 1),
    "in chunks": lambda body: HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(body, end=b""),
}


@pytest.mark.parametrize("half", HALVES)
def test_an_alert_cut_in_half_is_not_stored(deployed, proxy, half):
    """But for the last byte, what came is a whole alert."""
    marker = secrets.token_hex(8)
    with connect(deployed, proxy) as connection:
        connection.sendall(HALVES[half](alert(deployed, marker=marker)))
    assert deployed.send("here", proxy).status_code == 202
    assert stored(deployed, marker) == 0


OF_TRADINGVIEW = "127.0.3.1"


@pytest.fixture
def fresh(tmp_path):
    fresh = Open(tmp_path)
    yield fresh
    fresh.stop()


def beside(kind, fresh, folder, *changed):
    """As shipped, but that one of TradingView's addresses is of this machine, and as `changed` says."""
    folder = folder / "proxy"
    folder.mkdir()
    upstream = fresh.url.removeprefix("http://")
    theirs = [("52.89.214.238", OF_TRADINGVIEW)] if kind == "nginx" else []
    return Proxy(kind, folder, upstream, fresh.certificate, fresh.proxy_secret, changed=[*theirs, *changed])


#   the proxy → how long it lets a body take, and what is put there
BODY_SECONDS = {
    "nginx": ("client_body_timeout 5s", "client_body_timeout 1s"),
    "caddy": ("read_body 30s", "read_body 1s"),
}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", BODY_SECONDS)
def test_a_body_that_stops_gets_no_receipt(fresh, kind, half, tmp_path):
    proxy = beside(kind, fresh, tmp_path, BODY_SECONDS[kind])
    try:
        with connect(fresh, proxy) as connection:
            connection.sendall(HALVES[half](alert(fresh)))
            assert "receipt" not in answer(connection)
    finally:
        proxy.stop()
    assert stored(fresh) == 0


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_no_proxy_logs_a_path(deployed, kind, tmp_path):
    """Also when the executor is away: a path may hold a secret."""
    proxy = Proxy(kind, tmp_path, "127.0.0.1:1", deployed.certificate, deployed.proxy_secret)
    secret = deployed.of_senders["here"]
    try:
        assert deployed.send("here", proxy, path=f"/hook/here/{secret}").status_code == 502
    finally:
        proxy.stop()
    assert secret not in proxy.log.read_text()


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_500_alerts_at_once_are_taken(fresh, kind, tmp_path):
    proxy = beside(kind, fresh, tmp_path)

    def send(_):
        with connect(fresh, proxy, OF_TRADINGVIEW) as connection:
            connection.sendall(request(alert(fresh)))
            return read_answer(connection)

    try:
        with ThreadPoolExecutor(100) as pool:
            assert Counter(pool.map(send, range(BURST))) == {"202": BURST}
    finally:
        proxy.stop()
    assert stored(fresh) == BURST


def test_more_at_once_are_asked_to_come_again(fresh, tmp_path):
    """Before anything of them is stored."""
    few = ("executor_tradingview 1000", "executor_tradingview 2")
    proxy = beside("nginx", fresh, tmp_path, few)
    with ExitStack() as stack:
        stack.callback(proxy.stop)
        for _ in range(2):
            connection = stack.enter_context(connect(fresh, proxy, OF_TRADINGVIEW))
            connection.sendall(request(alert(fresh))[:-1])
        third = stack.enter_context(connect(fresh, proxy, OF_TRADINGVIEW))
        third.sendall(request(alert(fresh)))
        assert read_answer(third) == "503"
        connection.sendall(b"}")
        assert read_answer(connection) == "202"
    assert stored(fresh) == 1
