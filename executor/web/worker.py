"""gunicorn's worker with threads, which peers that are slow, silent or too many do not keep busy."""

import contextlib
import gc
import socket
import struct
import time
from collections import Counter
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.errors import AppImportError
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from executor.engine.last_good import SHARED, LastGood
from executor.errors import ExecutorError
from executor.web.arriving import Arriving
from executor.web.sockets import received, send, waits_to_be_heard
from executor.web.system import allowed_files, share_one_heap
from executor.web.threads import Answered, Threads

REQUESTS_SECONDS = 5  # for requests under way when the end is near
PEER_SECONDS = 3  # for a request to come whole, and for a refused peer to hang up: as long as TradingView waits
CROWDED_SECONDS = 1  # the same when there are too many, and for a kept connection to be silent
WRITE_SECONDS = 5  # for a peer to take (a part of) its answer
MOST_UNDER_WAY = 1000  # requests, in threads and waiting for one: as many as are answered while TradingView waits
MOST_GATHERED_BYTES = 32 * 1024 * 1024  # of requests that are under way, and again of those that are not whole
OTHER_FILES = 256  # the ledger's, and connections to the exchange


def settings_of(cfg: Any) -> dict[str, Any]:
    """As attributes of their own: gunicorn looks one up some 25 times a request, in two calls each."""
    return {name: setting.get() for name, setting in cfg.settings.items() if not hasattr(type(cfg), name)}


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is shipped without types
    """A request gets a thread once it has come whole; the main loop gathers it, without waiting for anybody.

    In gunicorn's own, a thread waits for each peer's bytes: as many slow peers as threads keep everybody else out. Its
    end would also wait for idle kept-alive connections, as nginx holds them, until the master kills it.
    TLS ends at the proxy in front.
    """

    last_good = LastGood()  # made in the master, and so the same in all workers

    def init_process(self) -> None:
        self.cfg.set("graceful_timeout", REQUESTS_SECONDS)  # in this process; the master gives it longer
        self.cfg.__dict__.update(settings_of(self.cfg))
        self.worker_connections: int = min(self.cfg.worker_connections, allowed_files() - OTHER_FILES)
        self._arriving: dict[Any, tuple[float, Arriving | None]] = {}  # since when, oldest first; None: told to leave
        self._refused: Counter[int] = Counter()  # how often with which status, since that was last told
        self._arriving_bytes = self._under_way_bytes = self._under_way = 0
        super().init_process()

    def get_thread_pool(self) -> Threads[Any]:
        return Threads(self.cfg.threads, self._answer)

    def load_wsgi(self) -> None:
        """What the application stumbles over is said in one sentence, and ends the master too."""
        share_one_heap()
        SHARED.set(self.last_good)
        try:
            super().load_wsgi()
        except ExecutorError as error:
            raise AppImportError(f"executor: {error}") from error
        from executor.web.hook import let_wait  # here, so that the master need not load the application

        let_wait(self.wsgi, self.cfg.threads)
        gc.collect()
        gc.freeze()  # what has been loaded stays: looking through it again and again took 20 ms each time

    def handle_exit(self, number: int, frame: Any) -> None:
        if app := getattr(self, "wsgi", None):
            from executor.web.state import runner_of

            runner_of(app).end_waits()
        super().handle_exit(number, frame)

    def handle_quit(self, number: int, frame: Any) -> None:
        """Ctrl-C comes twice, from the terminal and from the master, and at any moment. gunicorn's own takes a lock of
        the thread pool that the main thread may hold just then, and raises where it was interrupted."""
        self.handle_exit(number, frame)

    # In the main loop: what gunicorn calls when a connection is new or heard again, and when its request is answered

    def enqueue_req(self, conn: Any) -> None:
        conn.sock.setblocking(False)
        data = received(conn.sock)
        if data == b"" and self.alive:  # near the end, set_accept_enabled counts whom it has let in
            self._close(conn)  # it has hung up, as peers do once they are answered
            return
        arriving = Arriving(self.cfg, conn.client)
        whole = bool(data) and arriving.add(data or b"")
        if whole and not self._too_much_under_way():
            self._start(conn, arriving)  # as nearly all do, without a word to the poller
            return
        self._listen_to(conn, arriving)
        self._arriving_bytes += len(arriving)
        self._go_on(conn, arriving, whole)

    def finish_request(self, conn: Any, fs: Any) -> None:
        arrived, conn.arrived, conn.parser = conn.arrived, None, None  # an idle connection keeps no bytes
        self._under_way -= 1
        self._under_way_bytes -= len(arrived)
        if self.alive and fs.kept and (rest := arrived.rest()):
            conn.sock.setblocking(False)
            arriving = Arriving(self.cfg, conn.client)
            self._listen_to(conn, arriving)
            self._add(conn, arriving, rest)
        elif self.alive and arrived.cut and conn.sock.fileno() >= 0:
            self._see_off(conn)
        else:
            super().finish_request(conn, fs)

    def _receive(self, conn: Any, sock: socket.socket) -> None:
        data, arriving = received(sock), self._arriving[conn][1]
        if data is None:
            return
        if data and arriving is not None:
            self._add(conn, arriving, data)
        elif not data and arriving and self._under_way < self.cfg.threads:
            # the rest will not come, which is said if that keeps no other request waiting
            self._hand_over(conn, arriving)
        elif not data:
            self._drop(conn)

    def _add(self, conn: Any, arriving: Arriving, data: bytes) -> None:
        self._arriving_bytes += len(data)
        self._go_on(conn, arriving, arriving.add(data))

    def _go_on(self, conn: Any, arriving: Arriving, whole: bool) -> None:
        if whole:
            self._hand_over(conn, arriving)
        elif arriving.asks_to_continue:
            arriving.asks_to_continue = False
            send(conn.sock, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _hand_over(self, conn: Any, arriving: Arriving) -> None:
        if self._too_much_under_way():
            self._refuse(conn, 503, "the executor has too much to do, and nothing of this was stored; send it again")
            return
        self._listen_no_more(conn)
        self._start(conn, arriving)

    def _too_much_under_way(self) -> bool:
        return self._under_way >= MOST_UNDER_WAY or self._under_way_bytes > MOST_GATHERED_BYTES

    def _start(self, conn: Any, arriving: Arriving) -> None:
        self._under_way += 1
        self._under_way_bytes += len(arriving)
        conn.arrived, conn.parser, conn.initialized = arriving, arriving.parser(), True
        self.tpool.run(conn)

    def _listen_to(self, conn: Any, arriving: Arriving | None) -> None:
        self._arriving[conn] = (time.monotonic(), arriving)
        self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))

    def _listen_no_more(self, conn: Any) -> None:
        _, arriving = self._arriving.pop(conn)
        self._arriving_bytes -= len(arriving or ())
        self.poller.unregister(conn.sock)

    def _refuse(self, conn: Any, status: int, detail: str) -> None:
        from executor.web.garbled import farewell  # here, so that the master need not load the application

        self._refused[status] += 1
        self._listen_no_more(conn)
        send(conn.sock, farewell(status, detail))
        self._see_off(conn)

    def _see_off(self, conn: Any) -> None:
        """Read and forget what the peer still sends: closing at once would take the answer from it."""
        conn.sock.setblocking(False)
        with contextlib.suppress(OSError):  # it has gone, which is heard in a moment
            conn.sock.shutdown(socket.SHUT_WR)
        self._listen_to(conn, None)

    def _drop(self, conn: Any) -> None:
        self._listen_no_more(conn)
        self._close(conn)

    def _close(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()

    # On every turn of the main loop

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, 0.1) if self._arriving else timeout)

    def set_accept_enabled(self, enabled: bool) -> None:
        """At the end, peers that have connected by then are still taken: no other process would answer."""
        super().set_accept_enabled(enabled)
        for listener in () if self.alive else self.sockets:
            known = -1
            while known < self.nr_conns < self.worker_connections:
                known = self.nr_conns
                self.accept(listener)

    def murder_keepalived(self) -> None:
        crowded = self.nr_conns >= self.worker_connections
        for idle in self.keepalived_conns if crowded or not self.alive else ():
            silent_seconds = time.monotonic() - (idle.timeout - self.cfg.keepalive)
            ends = silent_seconds > CROWDED_SECONDS if self.alive else not waits_to_be_heard(idle.sock)
            if ends:
                idle.timeout = 0.0
        super().murder_keepalived()

    def murder_pending(self) -> None:
        """End what waits for too long, and near the end also what has said nothing."""
        for conn, (_, arriving) in () if self.alive else list(self._arriving.items()):
            if arriving is not None and not arriving and waits_to_be_heard(conn.sock):
                self._receive(conn, conn.sock)
        patience = CROWDED_SECONDS if self.nr_conns >= self.worker_connections else PEER_SECONDS
        for conn, (since, arriving) in list(self._arriving.items()):
            too_long = time.monotonic() - since > patience or self._arriving_bytes > MOST_GATHERED_BYTES
            if not (too_long or not self.alive):
                break
            if too_long and arriving:
                self._refuse(conn, 408, "the request did not come whole in time; send it in one go")
            elif too_long or not arriving:
                self._drop(conn)
        for status, number in self._refused.items():
            self.log.warning("requests answered with %s by the server itself: %s", status, number)
        self._refused.clear()

    # In a thread

    def _answer(self, conn: Any) -> None:
        self.method_queue.defer(self.finish_request, conn, Answered(self.handle(conn)))

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Also reads what is left of the body: gunicorn's own logs what it finds there, if that is garbled."""
        if conn.arrived.cut:
            req.force_close()
        req._expected_100_continue = conn.arrived.asks_to_continue and not conn.arrived.cut
        with contextlib.suppress(ParseException, OSError):  # also of a peer that takes no answer
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", WRITE_SECONDS, 0))
            if super().handle_request(req, conn):
                conn.parser.finish_body()
                return True
        return False

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        from executor.web import garbled

        garbled.refuse(client, exc)
