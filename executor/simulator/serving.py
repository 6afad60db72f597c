"""Serves a simulator from a thread of this process, over real HTTP with kept-alive connections."""

import logging
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from io import BytesIO
from threading import Thread
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from executor.simulator.exchange import Exchange
from executor.simulator.market import OTHER
from executor.simulator.orders import ZERO
from executor.simulator.server import create_app
from executor.simulator.settings import Settings


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet an answer

    def run_wsgi(self) -> None:
        """As werkzeug's own, which hangs up after every answer. The exchange keeps its connections, so do we."""
        environ = self.make_environ()
        environ["wsgi.input"] = BytesIO(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        answer, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        body = b"".join(answer)
        headers["Content-Length"] = str(len(body))
        code, _, words = status.partition(" ")
        self.send_response(int(code), words)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def finish(self) -> None:
        with suppress(ConnectionError):  # the client has left
            super().finish()

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """The journal is the log."""


class _SimulatorServer(ThreadedWSGIServer):
    """Closes a connection that a fault has set to be reset without saying goodbye first."""

    daemon_threads = True

    def __init__(self, *settings: Any, **named: Any) -> None:
        super().__init__(*settings, **named)
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        lingers = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if any(lingers[:4]):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close every open connection."""
        for request in tuple(self._open):
            with suppress(OSError):  # the client has closed it already
                request.shutdown(socket.SHUT_RDWR)


class Simulator:
    """A running simulator. `exchange` is its state, for those in the same process; `stop` ends it."""

    def __init__(self, server: _SimulatorServer, exchange: Exchange, scheme: str) -> None:
        self.exchange = exchange
        self.url = f"{scheme}://{server.host}:{server.port}"
        self._server = server
        self._thread = Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="simulator", daemon=True
        )
        self._thread.start()

    def move_later(self, account: str | None, symbol: str, sizes: Mapping[str, Decimal], after_ms: int) -> None:
        """Let a position be this after a time, as if moved by hand; of every account if `account` is None."""
        exchange, whole = self.exchange, dict.fromkeys(OTHER, ZERO) | dict(sizes)

        def move() -> None:
            for name, mine in exchange.accounts.items():
                if account in (None, name):
                    mine.move(symbol, whole, exchange.now_ms())

        exchange.later.after(after_ms, move)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self.exchange.later.call_off()
        self._server.hang_up()
        self._server.server_close()


def start_simulator(
    settings: Settings | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Simulator:
    """Serve on `port`, 0 for a free one. OSError if the port is taken."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    exchange = Exchange(settings or Settings())
    with socket.create_server((host, port), backlog=128) as listening:  # werkzeug itself would end the process
        number = listening.fileno()
        server = _SimulatorServer(host, port, create_app(exchange), handler=_Handler, ssl_context=tls, fd=number)
    return Simulator(server, exchange, "https" if tls else "http")
