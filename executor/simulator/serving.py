"""Serves a simulator from a thread of this process, over real HTTP with kept-alive connections."""

import logging
import socket
import ssl
from threading import Thread
from typing import Any

from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler

from executor.simulator.exchange import Exchange
from executor.simulator.server import create_app
from executor.simulator.settings import Settings


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet an answer

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """The journal is the log."""


class _Server(ThreadedWSGIServer):
    """Closes a connection that a fault has set to be reset without saying goodbye first."""

    daemon_threads = True

    def shutdown_request(self, request: Any) -> None:
        lingers = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if any(lingers[:4]):
            self.close_request(request)
        else:
            super().shutdown_request(request)


class Simulator:
    """A running simulator. `exchange` is its state, for those in the same process; `stop` ends it."""

    def __init__(self, server: BaseWSGIServer, exchange: Exchange, scheme: str) -> None:
        self.exchange = exchange
        self.url = f"{scheme}://{server.host}:{server.port}"
        self._server = server
        self._thread = Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="simulator", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
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
        server = _Server(host, port, create_app(exchange), handler=_Handler, ssl_context=tls, fd=number)
    return Simulator(server, exchange, "https" if tls else "http")
