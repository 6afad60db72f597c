"""POST /hook/<sender>: takes an alert. It is answered once the alert is on disk, before the exchange is asked."""

import json
import re
import threading
from typing import TYPE_CHECKING, Any

import structlog
from flask import Blueprint, Flask, Response, current_app, request

from executor.core.sender import Presented, Signed
from executor.engine.intake import Acknowledgement
from executor.ledger import LedgerUnavailable
from executor.web.body import read_body
from executor.web.context import runner
from executor.web.proxies import shown_certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

blueprint = Blueprint("hook", __name__)
log = structlog.get_logger()

LONGEST_WAIT_SECONDS = 30.0
_WAITING = "executor waiting"
_WAIT = re.compile(r"\s*wait\s*=\s*([0-9]{1,4})\s*")


def let_wait(app: Flask, threads: int) -> None:
    """`threads` answer requests; a quarter of them is left for alerts that do not wait for outcomes."""
    app.extensions[_WAITING] = threading.BoundedSemaphore(threads * 3 // 4)


@blueprint.post("/hook/<sender>")
def hook(sender: str) -> Response:
    return _take(sender, None)


@blueprint.post("/hook/<sender>/<secret>")
def hook_with_secret(sender: str, secret: str) -> Response:
    return _take(sender, secret)


def _take(sender: str, path_secret: str | None) -> Response:
    shown, environ = shown_certificate(), request.environ
    presented = Presented(path_secret, _bearer(environ), request.remote_addr, _signed(environ), shown)
    taken = runner().take(sender, read_body(request), presented)
    if shown:  # for an operator who wants to pin it; a certificate without a right secret is not logged
        log.info("certificate shown", sender=sender, fingerprint=shown.fingerprint, valid_until=str(shown.valid_until))
    seconds = _wait_seconds(environ)
    if seconds is not None and _ended(taken, seconds) and (outcomes := _outcomes(taken)) is not None:
        return _answer(200, taken, outcomes)
    return _answer(200 if taken.duplicate else 202, taken, _orders(taken))


def _answer(status: int, taken: Acknowledgement, orders: list[dict[str, Any]]) -> Response:
    body: dict[str, Any] = {"receipt": taken.receipt, "orders": orders}
    if taken.differs:
        body["differs"] = True
    return Response(json.dumps(body) + "\n", status, content_type="application/json")


def _orders(taken: Acknowledgement) -> list[dict[str, Any]]:
    return [
        {"account": intent.account, "symbol": intent.symbol, "rule": intent.rule, "target": intent.target}
        for intent in taken.intents
    ]


def _ended(taken: Acknowledgement, seconds: float) -> bool:
    """Whether the orders ended in time. The alert is stored, so trouble with the ledger is no failure from here on."""
    waiting: threading.BoundedSemaphore = current_app.extensions[_WAITING]
    if not waiting.acquire(blocking=False):
        return False
    try:
        return runner().wait(taken.receipt, seconds)
    except LedgerUnavailable as error:
        log.warning("outcomes not awaited", receipt=taken.receipt, reason=str(error))
        return False
    finally:
        waiting.release()


def _outcomes(taken: Acknowledgement) -> list[dict[str, Any]] | None:
    try:
        found = runner().ledger.queries.receipt(taken.receipt)
    except LedgerUnavailable as error:
        log.warning("outcomes not read", receipt=taken.receipt, reason=str(error))
        return None
    orders: list[dict[str, Any]] | None = found.to_json()["orders"] if found else None
    return orders


def _bearer(environ: "WSGIEnvironment") -> str | None:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _signed(environ: "WSGIEnvironment") -> Signed | None:
    """The headers of Standard Webhooks; None unless all of them are there."""
    if (message_id := environ.get("HTTP_WEBHOOK_ID")) is None:
        return None
    at, signatures = environ.get("HTTP_WEBHOOK_TIMESTAMP"), environ.get("HTTP_WEBHOOK_SIGNATURE")
    return Signed(message_id, at, signatures) if at and signatures else None


def _wait_seconds(environ: "WSGIEnvironment") -> float | None:
    """N of `Prefer: wait=N` (RFC 7240), bounded."""
    for preference in environ.get("HTTP_PREFER", "").split(","):
        if found := _WAIT.fullmatch(preference):
            return min(float(found[1]), LONGEST_WAIT_SECONDS)
    return None
