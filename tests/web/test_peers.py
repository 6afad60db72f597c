"""Requests that come in parts, are cut in half, or are too long, straight to a real server."""

import json
import secrets
import socket
import sqlite3
from contextlib import closing

from tests.served import Served, by_gunicorn
from tests.web.wire import answer, connect, request


def test_an_alert_cut_in_half_is_not_stored(served):
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


def test_a_client_may_ask_first(served):
    head, _, body = request(served, None, "Expect: 100-continue", "Connection: close").partition(b"\r\n\r\n")
    with connect(served) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert answer(connection).startswith("HTTP/1.1 202 ")


def test_chunks_make_an_alert(served):
    body = json.dumps(served.alert("long")).encode()
    assert served.http.post(f"{served.url}/hook/tradingview", iter([body[:9], body[9:]])).status_code == 202


def test_a_long_body_is_refused_unread(served):
    with connect(served) as connection:
        connection.sendall(request(served, "{", length=10**9))
        assert answer(connection).startswith("HTTP/1.1 413 ")


def test_a_half_sent_alert_outlives_sigterm(tmp_path):
    served = Served(tmp_path, by_gunicorn)
    whole = request(served)
    with connect(served) as connection:
        connection.sendall(whole[:-20])
        served.wait_for(lambda: served.http.get(f"{served.url}/health/live", timeout=5).ok)
        served.process.terminate()
        served.wait_for(lambda: "Handling signal: term" in (tmp_path / "server.log").read_text())
        connection.sendall(whole[-20:])
        assert answer(connection).startswith("HTTP/1.1 202 ")
    assert served.stop() == 0
