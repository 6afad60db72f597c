"""What the worker's main loop does between a request's coming and the end's: a moment too short to hit from outside."""

import selectors
import socket
from collections import Counter, deque

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from executor.web.worker import Worker, settings_of

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: executor\r\n\r\n"


@pytest.fixture
def worker(monkeypatch):
    """One that is told to end; it starts no request, but tells which it would have."""
    worker = object.__new__(Worker)
    worker.cfg, worker.alive, worker.worker_connections, worker.nr_conns = Config(), True, 10, 1
    worker._arriving, worker._refused, worker.keepalived_conns = {}, Counter(), deque()
    worker._arriving_bytes = worker._under_way_bytes = worker._under_way = 0
    worker.started = []
    monkeypatch.setattr(Worker, "_start", lambda self, conn, arriving: self.started.append((conn, len(arriving))))
    with selectors.DefaultSelector() as worker.poller:
        yield worker


@pytest.fixture
def peer():
    """A connection and the server's side of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, TConn(Config(), theirs, ("127.0.0.1", 1), ("127.0.0.1", 2))


def test_a_request_that_has_just_come_when_the_end_comes_is_heard(worker, peer):
    connection, conn = peer
    worker.enqueue_req(conn)
    connection.sendall(REQUEST)
    worker.alive = False
    worker.murder_pending()
    assert worker.started == [(conn, len(REQUEST))]


def test_who_has_said_nothing_by_then_is_let_go(worker, peer):
    connection, conn = peer
    worker.enqueue_req(conn)
    worker.alive = False
    worker.murder_pending()
    assert (worker.started, worker.nr_conns) == ([], 0)
    assert connection.recv(1) == b""


@pytest.mark.parametrize(("said", "left"), [(REQUEST, 1), (b"", 0)])
def test_so_is_a_kept_connection(worker, peer, said, left):
    connection, conn = peer
    worker.keepalived_conns.append(conn)
    conn.timeout = float("inf")
    worker.poller.register(conn.sock, selectors.EVENT_READ)
    connection.sendall(said)
    worker.alive = False
    worker.murder_keepalived()
    assert (len(worker.keepalived_conns), worker.nr_conns) == (left, left)


def test_a_peer_that_has_gone_keeps_nobody_behind_it_out_at_the_end(worker):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        worker.sockets, worker._accepting, worker.alive = [listener], False, False
        socket.create_connection(listener.getsockname()).close()
        with socket.create_connection(listener.getsockname()) as behind:
            behind.sendall(REQUEST)
            worker.set_accept_enabled(False)
            worker.murder_pending()
    ((conn, length),) = worker.started
    conn.close()
    assert (length, worker.nr_conns) == (len(REQUEST), 1 + 1)  # the fixture's and this one


def test_settings_are_attributes_and_what_gunicorn_makes_of_them_stays():
    cfg = Config()
    cfg.set("graceful_timeout", 5)
    cfg.set("user", "nobody")
    as_before = {name: getattr(cfg, name) for name in ("graceful_timeout", "threads", "uid", "address", "post_request")}
    cfg.__dict__.update(settings_of(cfg))
    assert {name: getattr(cfg, name) for name in as_before} == as_before
    assert "graceful_timeout" in vars(cfg)
    assert "address" not in vars(cfg)
