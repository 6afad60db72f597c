"""What is not even HTTP: answered and logged in our own words; gunicorn's quote what came, which may hold a secret."""

import contextlib
import socket
from http import HTTPStatus

import structlog
from gunicorn.http import errors

from executor.web.logs import trail
from executor.web.problems import problem

log = structlog.get_logger()

_FAULTS: dict[type[Exception], tuple[int, str]] = {
    errors.LimitRequestLine: (414, "the path is too long; the longest that is needed is /hook/<sender>/<secret>"),
    errors.LimitRequestHeaders: (431, "there are too many headers, or too long ones"),
    errors.ExpectationFailed: (417, "of all expectations, only 100-continue is met"),
    errors.ParseException: (400, "it is not an HTTP/1.1 request; post the alert as /hook/<sender>"),
}


def refuse(client: socket.socket, error: Exception) -> None:
    """Answers what gunicorn could not read; 500 for what was not foreseen. The caller closes the connection."""
    status, detail = next(
        (answer for kind, answer in _FAULTS.items() if isinstance(error, kind)), (500, "it could not be handled")
    )
    if status < 500:
        log.warning("request refused", status=status, reason=detail, fault=type(error).__name__)
    else:
        log.error("request failed", error=trail(error))
    with contextlib.suppress(OSError):  # it has gone
        client.sendall(farewell(status, detail))


def farewell(status: int, detail: str) -> bytes:
    """A problem as the last answer on a connection, for where Flask does not answer."""
    body = problem(status, detail)
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n{body.headers}"
    return head.encode("latin-1") + body.get_data()
