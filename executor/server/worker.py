"""gunicorn's worker with threads, and what its log lines, answers and end must be here."""

import contextlib
import socket
from http import HTTPStatus
from typing import Any

import structlog
from gunicorn.errors import AppImportError
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from executor.errors import ExecutorError
from executor.web.context import runner_of
from executor.web.logs import trail
from executor.web.problems import problem

log = structlog.get_logger()

_FAULTS: dict[type[Exception], tuple[int, str]] = {
    errors.LimitRequestLine: (414, "the path is too long; the longest that is needed is /hook/<sender>/<secret>"),
    errors.LimitRequestHeaders: (431, "there are too many headers, or too long ones"),
    errors.ExpectationFailed: (417, "of all expectations, only 100-continue is met"),
    errors.ParseException: (400, "it is not an HTTP/1.1 request; post the alert as /hook/<sender>"),
}


class Log(Logger):  # type: ignore[misc]  # gunicorn is shipped without types
    """Without debug lines: gunicorn's quote requests, whose paths and bodies may hold secrets."""

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Say nothing."""


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is shipped without types
    """Overrides what gunicorn calls when it loads the application, ends, or cannot read a request."""

    def load_wsgi(self) -> None:
        """Say in one sentence why the application cannot start, and end the master too."""
        try:
            super().load_wsgi()
        except ExecutorError as error:
            raise AppImportError(f"executor: {error}") from error

    def handle_exit(self, sig: int, frame: Any) -> None:
        """On SIGTERM, requests that wait for outcomes are answered at once; then as gunicorn does it."""
        if self.booted:
            runner_of(self.wsgi).end_waits()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """On Ctrl-C end as on SIGTERM. It comes twice, from the terminal and from the master, and at any moment.

        gunicorn's own ends the process where it stands, which may be while orders that are due are carried out.
        """
        self.handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """At its end, close the listening sockets at once, so that the proxy answers new alerts with 502.

        gunicorn keeps them open until the last connection has ended. Alerts would wait there unread, and TradingView,
        which sends again after a 502, does not after three seconds without an answer.
        """
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                listener.close()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer what is not HTTP, and log it in our own words: gunicorn's quote it, and it may hold a secret."""
        known = (answer for kind, answer in _FAULTS.items() if isinstance(exc, kind))
        status, detail = next(known, (500, "it could not be handled"))
        if status < 500:
            log.warning("request refused", status=status, reason=detail, fault=type(exc).__name__)
        else:
            log.error("request failed", error=trail(exc))
        body = problem(status, detail)
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n{body.headers}"
        with contextlib.suppress(OSError):  # the client has gone
            client.sendall(head.encode("latin-1") + body.get_data())
