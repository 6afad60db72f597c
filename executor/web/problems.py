"""Errors as application/problem+json (RFC 9457). Each says what happened, why, and what to do."""

import json
from http import HTTPStatus

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from executor.core.sender import NotAuthenticated
from executor.engine.backlog import TooMuchToDo
from executor.engine.senders.admission import LockedOut
from executor.engine.senders.strangers import NotRead
from executor.errors import AlertRefused
from executor.ledger import LedgerUnavailable
from executor.web.proxies import shown_certificate

log = structlog.get_logger()

RETRY_SECONDS = 5  # as TradingView waits before it sends again

# For what Flask itself refuses.
_WORDS = {
    404: "there is nothing at this path; alerts are posted to /hook/<sender>",
    405: "this path does not take this method; alerts are posted",
    500: "the executor has a bug; its log says where, and sending the alert again may work",
}


def problem(status: int, detail: str) -> Response:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    answer = Response(json.dumps(body) + "\n", status, content_type="application/problem+json")
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def register(app: Flask) -> None:
    app.register_error_handler(AlertRefused, _refused)
    app.register_error_handler(TooMuchToDo, _too_much)
    app.register_error_handler(NotRead, _not_read)
    app.register_error_handler(LedgerUnavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)


def _refused(error: AlertRefused) -> Response:
    answer = problem(error.status, str(error))
    if isinstance(error, LockedOut):  # not logged one by one: see Admission.log_locks
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
        return answer
    log.warning("alert refused", status=error.status, reason=str(error), **_for_the_operator(error))
    if isinstance(error, NotAuthenticated):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _for_the_operator(error: AlertRefused) -> dict[str, str | None]:
    """For the log only, not for the client: that the secret was right and what was wrong beside it, or that its address
    decided."""
    if not isinstance(error, NotAuthenticated) or not (error.elsewhere or error.outside):
        return {}
    if not error.elsewhere:
        return {"proof": "not read", "address": request.remote_addr}
    shown = shown_certificate()
    return {"proof": "right", "address": request.remote_addr, "fingerprint": shown.fingerprint if shown else None}


def _too_much(error: TooMuchToDo) -> Response:
    log.warning("alert not taken", reason=str(error))
    return problem(503, str(error))


def _not_read(error: NotRead) -> Response:
    """Not logged one by one: many unproven alerts lead to a lock, and the lock is logged."""
    return problem(503, str(error))


def _unavailable(error: LedgerUnavailable) -> Response:
    log.error("ledger unavailable", reason=str(error))
    return problem(503, str(error))


def _http(error: HTTPException) -> Response:
    """What Flask itself refuses: unknown paths, wrong methods, bodies that are too large; and our bugs (500)."""
    status = error.code or 500
    own = error.description if error.description != type(error).description else None
    answer = problem(status, own or _WORDS.get(status) or error.description or "")
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer
