"""Peers that are slow, silent, half gone or many, against a real server: good alerts go through beside them."""

import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.served import Served, by_gunicorn

WELL_BELOW_3_SECONDS = 1.5  # for so long TradingView waits, and these peers hold their connections


def connect(served):
    connection = socket.create_connection(served.address, 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def request(served, body=None, *headers, length=None):
    """The bytes of an alert's request; `length` is what Content-Length says, if not the truth."""
    body = json.dumps(served.alert("long")) if body is None else body
    head = ["POST /hook/tradingview HTTP/1.1", "Host: executor", f"Content-Length: {length or len(body)}", *headers]
    return "\r\n".join([*head, "", body]).encode()


def answer(connection):
    """All that the server says until it closes, or "" if it breaks the connection without a word."""
    said = b""
    try:
        while piece := connection.recv(4096):
            said += piece
    except ConnectionResetError:
        pass
    return said.decode()


@contextmanager
def meanwhile(act):
    """Run act(over) on a thread until the block ends; `over` is then set."""
    over = threading.Event()
    thread = threading.Thread(target=act, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def holding(served):
    """Ask for the end of the connection, read the answer, and keep this side of it open for 3 seconds."""

    def act(over):
        while not over.is_set():
            with connect(served) as connection:
                connection.sendall(request(served, None, "Connection: close"))
                answer(connection)
                over.wait(3)

    return act


def half_open(served):
    def act(over):
        while not over.is_set():
            with connect(served) as connection:
                connection.sendall(request(served))
                connection.shutdown(socket.SHUT_WR)
                over.wait(3)

    return act


def dripping(served, count, begin, answers):
    """`count` peers that send `begin` and then a byte every now and then; what each is told goes to `answers`."""

    def act(over):
        with ExitStack() as stack:
            peers = [stack.enter_context(connect(served)) for _ in range(count)]
            for peer in peers:
                peer.sendall(begin)
            while peers and not over.wait(0.1):
                for peer in list(peers):
                    peer.setblocking(False)
                    try:
                        peer.send(b"x")
                        peer.recv(1, socket.MSG_PEEK)
                    except BlockingIOError:
                        continue
                    except OSError:
                        pass
                    peer.settimeout(10)
                    answers.append(answer(peer))
                    peers.remove(peer)

    return act


def waits(served, count, each_seconds):
    """The seconds until each of `count` good alerts was acknowledged; they leave at a steady rate, whatever happens."""
    found = []

    def send():
        started = time.monotonic()
        with connect(served) as connection:
            connection.sendall(request(served, None, "Connection: close"))
            assert answer(connection).startswith("HTTP/1.1 202 ")
        found.append(time.monotonic() - started)

    threads = []
    for _ in range(count):
        threads.append(threading.Thread(target=send))
        threads[-1].start()
        time.sleep(each_seconds)
    for thread in threads:
        thread.join()
    assert len(found) == count
    return sorted(found)


def test_peers_that_hold_drip_or_half_close_their_connections_delay_nobody(served):
    told = []
    with ExitStack() as stack:
        for peer in (holding(served), holding(served), half_open(served)):
            stack.enter_context(meanwhile(peer))
        stack.enter_context(meanwhile(dripping(served, 1, b"POST /hook/tradingview HTTP/1.1\r\nNote: ", told)))
        found = waits(served, 80, 0.05)
    assert found[-1] < WELL_BELOW_3_SECONDS


@pytest.mark.parametrize("part", ["headers", "body"])
def test_200_peers_that_send_byte_by_byte_keep_nobody_out_and_are_told_408(served, part):
    begin = request(served, "{", length=1000) if part == "body" else b"POST /hook/tradingview HTTP/1.1\r\nNote: "
    told = []
    with meanwhile(dripping(served, 200, begin, told)):
        found = waits(served, 20, 0.1)
        served.wait_for(lambda: len(told) == 200, 20)
    assert found[-1] < WELL_BELOW_3_SECONDS
    assert {said.split("\r\n")[0] for said in told} == {"HTTP/1.1 408 Request Timeout"}
    problem = json.loads(told[0].partition("\r\n\r\n")[2])
    assert problem["detail"] == "the request did not come whole in time; send it in one go"


def test_more_silent_peers_than_connections_keep_nobody_out(tmp_path):
    served = Served(tmp_path, lambda *given: [*by_gunicorn(*given), "--worker-connections", "50"])
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connect(served))
        assert waits(served, 3, 0)[-1] < 6
    assert served.stop() == 0


def is_silent(served):
    with connect(served) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: executor\r\n\r\n")
        connection.settimeout(0.5)
        try:
            return not connection.recv(1)
        except TimeoutError:
            return True


IMPATIENT = """
import executor.web.worker
from executor.cli import main
executor.web.worker.WRITE_SECONDS = 2
main()
"""


def test_peers_that_take_no_answer_keep_a_thread_for_some_seconds_only(tmp_path):
    def command(bind, config):
        given = ["--config", str(config), "serve", "--bind", bind, "--threads", "2"]
        return [sys.executable, "-c", IMPATIENT, *given]

    served = Served(tmp_path, command)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(connect(served)).sendall(b"GET /openapi.json HTTP/1.1\r\nHost: executor\r\n\r\n" * 1000)
        served.wait_for(lambda: is_silent(served))  # once their answers fill what lies between
        assert waits(served, 1, 0)[0] < 8  # of which 4 are theirs: two for what is taken in part, two for the rest
    assert served.stop() == 0


def test_an_alert_cut_off_by_its_peer_is_not_taken_for_a_whole_one(served):
    marker = secrets.token_hex(8)
    cut_off = json.dumps(served.alert("long", marker=marker))
    with connect(served) as connection:
        connection.sendall(request(served, cut_off, length=len(cut_off) + 1))
        connection.shutdown(socket.SHUT_WR)
        assert not answer(connection).startswith("HTTP/1.1 2")
    assert served.post(served.alert("long")).status_code == 202
    with closing(sqlite3.connect(served.folder / "ledger.db")) as ledger:
        assert ledger.execute("SELECT count(*) FROM alerts").fetchone() > (0,)
        assert ledger.execute("SELECT count(*) FROM alerts WHERE fields LIKE ?", [f"%{marker}%"]).fetchone() == (0,)


def test_a_peer_that_asks_whether_to_send_its_body_is_told_to(served):
    head, _, body = request(served, None, "Expect: 100-continue", "Connection: close").partition(b"\r\n\r\n")
    with connect(served) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert answer(connection).startswith("HTTP/1.1 202 ")


def test_a_body_in_chunks_is_an_alert_like_any_other(served):
    body = json.dumps(served.alert("long")).encode()
    assert served.http.post(f"{served.url}/hook/tradingview", iter([body[:9], body[9:]])).status_code == 202


def test_a_body_beyond_the_limit_is_answered_before_it_has_come(served):
    with connect(served) as connection:
        connection.sendall(request(served, "{", length=10**9))
        assert answer(connection).startswith("HTTP/1.1 413 ")


def test_alerts_that_wait_to_be_let_in_when_the_end_comes_are_still_taken(tmp_path):
    served = Served(tmp_path, by_gunicorn)
    worker = int(re.search(r"Booting worker with pid: (\d+)", (tmp_path / "server.log").read_text())[1])
    with ExitStack() as stack:
        os.kill(worker, signal.SIGSTOP)
        peers = [stack.enter_context(connect(served)) for _ in range(5)]
        for peer in peers:
            peer.sendall(request(served))
        served.process.terminate()
        served.wait_for(lambda: "Handling signal: term" in (tmp_path / "server.log").read_text())
        for number in (signal.SIGTERM, signal.SIGCONT):  # what the master sends it as well
            os.kill(worker, number)
        assert [answer(peer)[:13] for peer in peers] == ["HTTP/1.1 202 "] * 5
    assert served.stop() == 0


def test_an_alert_that_is_half_sent_when_the_end_comes_is_still_taken(tmp_path):
    served = Served(tmp_path, by_gunicorn)
    whole = request(served)
    with connect(served) as slow, connect(served) as alert, connect(served):
        slow.sendall(whole[:20])
        alert.sendall(whole[:-20])
        served.process.terminate()
        served.wait_for(lambda: "Handling signal: term" in (tmp_path / "server.log").read_text())
        alert.sendall(whole[-20:])
        assert answer(alert).startswith("HTTP/1.1 202 ")
        assert answer(slow).startswith("HTTP/1.1 408 ")
    assert served.stop() == 0
