"""Every way a connection fails, over real sockets: was the order certainly never sent, or may it have been?"""

import gzip
import io
import ipaddress
import logging
import queue
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import chain, repeat
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from urllib3.util.wait import wait_for_read

from executor.bitget import adapter
from executor.bitget.answers import Accepted, Answer, InDoubt, NotDone, Rejected, Why
from executor.bitget.errors import NeverSent
from executor.bitget.exchange import BitgetExchange
from executor.bitget.reads import ReadFailed
from executor.bitget.transport import Transport
from tests.bitget.samples import KEY, PASSPHRASE, REVERSAL, SECRET, Connect
from tests.bitget.servers import (
    Exchange,
    Received,
    Server,
    envelope,
    http,
    receive,
    reset,
)

NOW = datetime.now(UTC)
PAST, YESTERDAY, FUTURE = NOW - timedelta(days=9), NOW - timedelta(days=1), NOW + timedelta(days=9)
ACCEPTED = http(envelope(data={"orderId": "7", "clientOid": "x1-1"}))


UNANSWERED = {"closes at once", "closes after reading", "resets after reading", "hangs"}


def send(exchange: BitgetExchange) -> Answer:
    return exchange.send(exchange.sign(REVERSAL, "x1-1"))


def hang(connection: socket.socket) -> None:
    connection.settimeout(10)
    while connection.recv(65536):
        pass


def answering(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Read a request, send the pieces, hang up."""

    def serve(connection: socket.socket) -> None:
        receive(connection)
        for piece in pieces:
            connection.sendall(piece)

    return serve


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refused_connection_never_sent_it(connect: Connect, scheme: str) -> None:
    answer = send(connect(f"{scheme}://{closed_port()}"))
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.NEVER_SENT
    assert "refused" in answer.reason
    assert "executor simulator" in answer.reason, "what to do, for a first-time user"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_a_name_that_cannot_be_resolved_never_sent_it(connect: Connect, host: str) -> None:
    answer = send(connect(f"http://{host}"))
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.NEVER_SENT


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://"])
def test_a_url_that_leads_nowhere_never_sent_it(connect: Connect, url: str) -> None:
    answer = send(connect(url))
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.NEVER_SENT


def test_a_connection_that_is_not_taken_in_time_never_sent_it(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:  # fill the queue: the server accepts nothing
            one.setblocking(False)
            one.connect_ex(address)
        answer = send(connect(f"http://127.0.0.1:{address[1]}", connect_timeout_seconds=0.2))
        for one in waiting:
            one.close()
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.NEVER_SENT


def reset_on_hello(connection: socket.socket) -> None:
    connection.recv(1)
    reset(connection)


@pytest.mark.parametrize(
    "serve",
    [
        hang,
        lambda connection: None,
        reset_on_hello,
        lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    ],
    ids=["hangs", "closes", "resets", "speaks plain HTTP"],
)
def test_a_failed_tls_handshake_never_sent_it(connect: Connect, serve: Callable[[socket.socket], None]) -> None:
    with Server(serve) as server:
        answer = send(connect(server.url.replace("http:", "https:")))
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.NEVER_SENT


def reset_after_reading(connection: socket.socket) -> None:
    receive(connection)
    reset(connection)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n"


@pytest.mark.parametrize(
    "serve",
    [
        lambda connection: None,
        answering(),
        reset_after_reading,
        hang,
        answering(b"this is not HTTP\r\n\r\n"),
        answering(b"\x00" * 200_000),
        answering(b"x" * 60_000 + b"\r\n\r\n"),
        answering(HEAD),
        answering(HEAD + b"\r\n"),
        answering(HEAD + b'\r\n{"code":"00000"'),
        answering(HEAD + b"Content-Encoding: gzip\r\n\r\n" + b"x" * 500),
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n12345"),
        answering(b"HTTP/1.1 103 Early Hints\r\n\r\n" + ACCEPTED),
        answering(ACCEPTED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: br\r\n\r\n", 1)),
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        answering(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"co'),
        answering(http(b"")),
        answering(http(b"<html>Bad Gateway</html>", 502)),
        answering(http(envelope("40725", "service returned an error"), 500)),
        answering(http(envelope("40200", "upgrade"), 503)),
        answering(http(b"", 301, "Location: /elsewhere")),
        answering(http(b"", 503, "Retry-After: 0")),
    ],
    ids=[
        "closes at once",
        "closes after reading",
        "resets after reading",
        "hangs",
        "garbage",
        "endless garbage",
        "a long line",
        "half a head",
        "a head without its body",
        "half a body",
        "broken gzip",
        "two lengths",
        "early hints",
        "another coding",
        "broken chunks",
        "half a chunk",
        "empty",
        "502 in HTML",
        "500 with a code",
        "503 with a code",
        "redirect",
        "503 to be retried",
    ],
)
def test_after_the_first_byte_may_have_left_it_is_in_doubt_and_never_repeated(
    connect: Connect, serve: Callable[[socket.socket], None], request: pytest.FixtureRequest
) -> None:
    with Server(serve) as server:
        answer = send(connect(server.url))
        assert isinstance(answer, InDoubt), answer
        assert len(server.connections) == 1
    assert answer.answered == (request.node.callspec.id not in UNANSWERED), answer
    assert len(answer.reason) <= 500


def test_an_order_is_not_sent_late(connect: Connect) -> None:
    with Exchange({"click-backhand": ACCEPTED}) as server:
        exchange = connect(server.url)
        answer = exchange.send(exchange.sign(REVERSAL, "x1-1"), latest=time.monotonic() - 0.001)
        assert server.received == []
        assert isinstance(answer, NotDone)
        assert answer.kind is Why.NEVER_SENT
        assert isinstance(exchange.send(exchange.sign(REVERSAL, "x1-1"), latest=time.monotonic() + 9), Accepted)


@pytest.mark.parametrize("location", ["/elsewhere", "http://[", "\xff"])
def test_no_body_is_read_for_a_redirect(connect: Connect, location: str) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    head = (
        f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    )
    tracemalloc.start()
    with Server(answering(head.encode("latin-1") + bomb)) as server:
        answer = send(connect(server.url))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(answer, InDoubt)
    assert answer.answered
    assert most < 8 * 1024 * 1024


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nNote: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["first line", "header", "body", "size of a chunk"],
)
def test_an_answer_that_drips_is_given_up(connect: Connect, begin: bytes) -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(begin)
        while not over.wait(0.02):
            connection.sendall(b" ")

    with Server(drip) as server:
        started = time.monotonic()
        answer = send(connect(server.url, read_timeout_seconds=0.2))
        over.set()
    assert isinstance(answer, InDoubt)
    assert "not complete" in answer.reason
    assert time.monotonic() - started < 2


PIECES = (ACCEPTED[:20], ACCEPTED[20:70], ACCEPTED[70:])
BODY = ACCEPTED.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ([ACCEPTED], True),
        (PIECES, True),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", ACCEPTED], True),
        ([ACCEPTED.replace(b"Content-Length", b"CONTENT-LENGTH")], True),
        ([ACCEPTED.replace(b"\r\n\r\n", b"\r\n \r\nX: y\r\n\r\n", 1)], True),
        ([b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)], True),
        ([ACCEPTED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)], False),
        ([ACCEPTED.replace(b"HTTP/1.1", b"HTTP/1.0", 1)], False),
        ([b"HTTP/1.1 200 OK\r\n\r\n", BODY], False),
    ],
    ids=[
        "one piece",
        "pieces",
        "continue",
        "capitals",
        "a line of blanks",
        "chunks",
        "to be closed",
        "HTTP/1.0",
        "until it closes",
    ],
)
def test_an_answer_is_understood_however_it_is_written(connect: Connect, answer: list[bytes], kept: bool) -> None:
    def serve(connection: socket.socket) -> None:
        while receive(connection):
            for piece in answer:
                connection.sendall(piece)
                time.sleep(0.01)
            if not kept:
                return

    with Server(serve) as server:
        exchange = connect(server.url)
        assert [send(exchange) for _ in range(2)] == [Accepted("7")] * 2
        assert len(server.connections) == (1 if kept else 2)


def test_an_answer_before_the_request_has_left_whole_is_heard(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A front end may refuse without reading, and hang up."""

    def refuse(connection: socket.socket) -> None:
        connection.sendall(http(envelope("40037", "Apikey does not exist"), 400))

    def broken(connection: HTTPConnection, _: bytes) -> None:
        wait_for_read(connection.sock, 5)
        time.sleep(0.1)  # until it has hung up
        raise BrokenPipeError

    monkeypatch.setattr(HTTPConnection, "send", broken)
    with Server(refuse) as server:
        answer = send(connect(server.url))
    assert isinstance(answer, Rejected)
    assert answer.code == "40037"


def test_headers_without_end_are_cut_off(connect: Connect) -> None:
    with Server(answering(b"HTTP/1.1 200 OK\r\n", *[b"X-More: and more\r\n"] * 5000)) as server:
        answer = send(connect(server.url, read_timeout_seconds=5))
    assert isinstance(answer, InDoubt)
    assert "more than 100 headers" in answer.reason


@pytest.mark.parametrize("path", ["/with space", "/line\r\nX-Injected: yes", "/\u00e9"])
def test_an_odd_address_adds_no_header(connect: Connect, path: str) -> None:
    with Exchange({"click-backhand": ACCEPTED}) as server:
        send(connect(server.url + path))
        (received,) = server.received
    assert received.target.isascii()
    assert "x-injected" not in received.headers


def test_a_header_that_cannot_be_written_is_never_sent() -> None:
    transport = Transport("http://127.0.0.1:1", 1, 1)
    with pytest.raises(NeverSent) as raised:
        transport.send("GET", "/", {"ACCESS-KEY": f"{KEY}\r\nX-Injected: yes"})
    assert KEY not in "".join(traceback.format_exception(raised.value))


def test_the_exchange_is_told_whom_it_talks_to(connect: Connect) -> None:
    """What stands before an exchange may refuse clients without a name."""
    with Exchange({"click-backhand": ACCEPTED}) as server:
        send(connect(server.url))
        (received,) = server.received
        assert received.headers["host"] == server.url.removeprefix("http://")
    assert received.headers["user-agent"].startswith("python-requests/")
    assert received.headers["accept-encoding"] == "identity"


MORE = http(envelope(data={"orderId": "stale", "clientOid": "x1-1"}))
HEAD_BYTES = len(http(b" " * 8000)) - 8000
ONE_READ = http(b" " * (io.DEFAULT_BUFFER_SIZE - HEAD_BYTES))


@pytest.mark.parametrize(
    "answer",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: %d\r\n\r\nAAAA" % (4 + len(MORE)), MORE],
        [b"HTTP/1.1 103 Early Hints\r\n\r\n", MORE],
        [ACCEPTED + MORE],
        [ACCEPTED + b"H", MORE],
        [http(b" " * 10_000) + MORE],
        [ONE_READ + MORE],
    ],
    ids=["two lengths", "early hints", "at once", "begun", "more than is read at once", "after what is read at once"],
)
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_what_follows_an_answer_is_not_the_next_answer(
    secure: bool, connect: Connect, answer: list[bytes], authority: trustme.CA
) -> None:
    def serve(connection: socket.socket) -> None:
        """The rest comes when the connection is used again; who comes on another one is answered."""
        pieces = chain(answer if server.connections[0] is connection else (), repeat(ACCEPTED))
        while receive(connection):
            connection.sendall(next(pieces))

    with Server(serve, authority if secure else None) as server:
        exchange = connect(server.url)
        send(exchange)
        time.sleep(0.05)  # until what came with the first answer has come
        assert send(exchange) == Accepted("7")


def test_no_more_connections_are_kept_than_there_is_room_for(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "POOL_SIZE", 2)
    all_here = threading.Barrier(4)

    def serve(connection: socket.socket) -> None:
        while receive(connection):
            all_here.wait(5)
            connection.sendall(ACCEPTED)

    with Server(serve) as server:
        exchange = connect(server.url, read_timeout_seconds=5)
        for opened in (4, 6):  # two of four were kept
            with ThreadPoolExecutor(4) as threads:
                assert list(threads.map(send, [exchange] * 4)) == [Accepted("7")] * 4
            assert len(server.connections) == opened


def test_an_answer_without_end_is_cut_off(connect: Connect) -> None:
    def flood(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    with Server(flood) as server:
        answer = send(connect(server.url, read_timeout_seconds=5))
    assert isinstance(answer, InDoubt)
    assert "longer than" in answer.reason


def test_a_kept_connection_is_used_again(connect: Connect) -> None:
    with Exchange({"click-backhand": ACCEPTED}) as server:
        exchange = connect(server.url)
        assert [send(exchange) for _ in range(5)] == [Accepted("7")] * 5
        assert len(server.connections) == 1


def test_a_kept_connection_that_was_closed_while_idle_is_replaced_before_an_order_uses_it(connect: Connect) -> None:
    hung_up: queue.Queue[Received] = queue.Queue()

    def answer_once(connection: socket.socket) -> None:
        request = receive(connection)
        assert request
        connection.sendall(ACCEPTED)
        connection.shutdown(socket.SHUT_RDWR)
        hung_up.put(request)

    with Server(answer_once) as server:
        exchange = connect(server.url)
        for number in range(1, 6):
            assert send(exchange) == Accepted("7")
            hung_up.get(timeout=5)
            assert len(server.connections) == number


def test_a_kept_connection_that_closes_as_the_order_arrives_is_in_doubt(connect: Connect) -> None:
    def answer_one_and_close_on_the_next(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(ACCEPTED)
        receive(connection)

    with Server(answer_one_and_close_on_the_next) as server:
        exchange = connect(server.url)
        assert send(exchange) == Accepted("7")
        assert isinstance(send(exchange), InDoubt)
        assert len(server.connections) == 1


def test_a_connection_idle_for_long_is_not_used_for_an_order(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Exchange({"click-backhand": ACCEPTED}) as server:
        exchange = connect(server.url)
        send(exchange)
        monkeypatch.setattr(adapter, "MAX_IDLE_SECONDS", 0.0)
        assert send(exchange) == Accepted("7")
        assert len(server.connections) == 2


def test_a_connection_with_an_unread_rest_is_not_used_again(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Exchange({"click-backhand": [http(b" " * 1_000_000), ACCEPTED]}) as server:
        exchange = connect(server.url)
        monkeypatch.setattr(adapter, "MAX_ANSWER_BYTES", 1000)
        assert isinstance(send(exchange), InDoubt)
        assert send(exchange) == Accepted("7")
        assert len(server.connections) == 2


def test_proxies_and_netrc_of_the_machine_do_not_apply(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", f"{tmp_path}/netrc")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{closed_port()}")
    with Exchange({"click-backhand": ACCEPTED}) as server:
        assert send(connect(server.url)) == Accepted("7")
        assert "authorization" not in server.received[0].headers


def test_a_cookie_is_not_sent_back(connect: Connect) -> None:
    with Exchange({"click-backhand": http(envelope(), 200, "Set-Cookie: a=b")}) as server:
        exchange = connect(server.url)
        send(exchange)
        send(exchange)
        assert "cookie" not in server.received[1].headers


def test_a_base_url_with_a_path_prefixes_what_is_sent_but_not_what_is_signed(connect: Connect) -> None:
    with Exchange({"click-backhand": ACCEPTED}) as server:
        assert send(connect(f"{server.url}/through/here/")) == Accepted("7")
        assert server.received[0].target == "/through/here/api/v2/mix/order/click-backhand"


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("0", 1), ("999999", 300), ("-1", 1), ("soon", 1), ("9" * 30, 1), ("²", 1)]
)
def test_retry_after_is_believed_within_bounds(connect: Connect, header: str, seconds: float) -> None:
    too_many = http(envelope("429", "Too Many Requests"), 429, f"Retry-After: {header}")
    with Exchange({"click-backhand": too_many}) as server:
        answer = send(connect(server.url))
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.LATER
    assert answer.retry_after.total_seconds() == seconds


def test_threads_have_connections_of_their_own(connect: Connect) -> None:
    """32 orders at once all wait in the exchange at the same time."""
    together = threading.Barrier(32, timeout=10)

    def serve(connection: socket.socket) -> None:
        while receive(connection):
            together.wait()
            connection.sendall(ACCEPTED)

    answers: list[Answer] = []
    with Server(serve) as server:
        exchange = connect(server.url, read_timeout_seconds=10)
        for _ in range(2):
            threads = [threading.Thread(target=lambda: answers.append(send(exchange))) for _ in range(32)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(server.connections) == 32
    assert answers == [Accepted("7")] * 64


def test_warming_opens_connections_ahead(connect: Connect) -> None:
    together = threading.Barrier(4, timeout=10)

    def serve(connection: socket.socket) -> None:
        while receive(connection):
            together.wait()
            connection.sendall(http(envelope(data={"serverTime": "1800000000000"})))

    with Server(serve) as server:
        connect(server.url, read_timeout_seconds=10).warm(4)
        assert len(server.connections) == 4


def test_what_warming_meets_is_told(connect: Connect) -> None:
    with pytest.raises(ReadFailed, match="refused"):
        connect(f"http://{closed_port()}").warm(4)


WARMS_UNTIL_ASKED_TO_END = """
import sys, threading
from executor.bitget.exchange import BitgetExchange

exchange = BitgetExchange("main", key="k", secret="s", passphrase="p", base_url=sys.argv[1])
threading.Thread(target=exchange.warm, args=(4,), daemon=True).start()
sys.stdin.read()
"""


def test_a_process_that_ends_does_not_wait_for_connections_being_opened() -> None:
    with Server(hang) as server:
        command = [sys.executable, "-c", WARMS_UNTIL_ASKED_TO_END, server.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            while len(server.connections) < 4:
                assert process.poll() is None
                time.sleep(0.01)
            process.communicate(timeout=5)  # half as long as an answer may take
            assert process.returncode == 0


def test_no_secret_reaches_a_log_a_repr_or_an_answer(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[object] = []
    for serve in (answering(), answering(b"garbage\r\n\r\n"), answering(ACCEPTED)):
        with Server(serve) as server:
            exchange = connect(server.url)
            signed = exchange.sign(REVERSAL, "x1-1")
            seen += [exchange.send(signed), signed, exchange, vars(exchange)]
    text = f"{seen!r} {seen!s} {caplog.text}"
    secrets = (KEY, SECRET, PASSPHRASE, signed.headers["ACCESS-SIGN"])
    assert caplog.text
    assert [secret for secret in secrets if secret in text] == []


def test_closed_connections_never_send_it(connect: Connect) -> None:
    with Exchange({"click-backhand": ACCEPTED}) as server:
        exchange = connect(server.url)
        send(exchange)
        exchange.close()
        answer = send(exchange)
        assert len(server.received) == 1
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.NEVER_SENT


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """The only one that requests knows of."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "authority.pem"))
    return authority


def test_no_key_of_a_session_is_written_down(
    connect: Connect, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    with Exchange({"click-backhand": ACCEPTED}, authority) as server:
        assert send(connect(server.url)) == Accepted("7")
    assert not (tmp_path / "keys").exists()


def certified(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def self_signed(folder: Path) -> ssl.SSLContext:
    """For 127.0.0.1, by its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), PAST, FUTURE)
    certificate = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False).sign(key, SHA256())
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "own.pem").write_bytes(written + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context


@pytest.mark.parametrize("wrong", ["authority", "name", "expired", "self-signed"])
def test_an_exchange_with_a_wrong_certificate_is_sent_nothing(
    wrong: str, connect: Connect, authority: trustme.CA, tmp_path: Path
) -> None:
    match wrong:
        case "authority":
            context = certified(trustme.CA().issue_cert("127.0.0.1"))
        case "name":
            context = certified(authority.issue_cert("api.bitget.com"))
        case "expired":
            context = certified(authority.issue_cert("127.0.0.1", not_before=PAST, not_after=YESTERDAY))
        case _:
            context = self_signed(tmp_path)
    with Exchange({"click-backhand": ACCEPTED}, context=context) as server:
        answer = send(connect(server.url))
        assert server.received == []
    assert isinstance(answer, NotDone)
    assert answer.kind is Why.NEVER_SENT
    assert "CERTIFICATE_VERIFY_FAILED" in answer.reason or "doesn't match" in answer.reason


def test_an_authority_of_the_environment_is_not_trusted(
    connect: Connect, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = trustme.CA()
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "other.pem"))
    with Exchange({"click-backhand": ACCEPTED}, other) as server:
        answer = send(connect(server.url))
        assert server.received == []
    assert isinstance(answer, NotDone)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(connect: Connect, status: int) -> None:
    with Exchange({"click-backhand": ACCEPTED, "position": ACCEPTED}) as other:
        elsewhere = http(b"", status, f"Location: {other.url}/click-backhand")
        with Exchange({"click-backhand": elsewhere}) as server:
            assert isinstance(send(connect(server.url)), InDoubt)
            assert len(server.received) == 1
        assert other.received == []


def test_closing_hangs_up(connect: Connect) -> None:
    hung_up = threading.Event()

    def serve(connection: socket.socket) -> None:
        while receive(connection):
            connection.sendall(ACCEPTED)
        hung_up.set()

    with Server(serve) as server:
        exchange = connect(server.url)
        send(exchange)
        exchange.close()
        assert hung_up.wait(5)
