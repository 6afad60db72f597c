"""Health: whether the process lives, and whether it can take alerts. Trouble of the exchange is shown, not counted."""

from typing import Any

from flask import Blueprint, Response, jsonify

from executor.version import installed_version
from executor.web.context import runner
from executor.web.operator.access import granted_monitoring

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> Response:
    return jsonify(status="live")


@blueprint.get("/health/ready")
def ready() -> Response:
    """200 if alerts can be taken, else 503. Details are for those who may read the metrics."""
    trouble = runner().readiness.trouble()
    body: dict[str, Any] = {"status": "unavailable" if trouble else "ready"}
    if granted_monitoring():
        body |= _details()
    answer = jsonify(body)
    answer.status_code = 503 if trouble else 200
    return answer


def _details() -> dict[str, Any]:
    follower, readiness = runner().follower, runner().readiness
    return {
        "version": installed_version(),
        "ledger": readiness.ledger_trouble() or "ok",
        "backlog": "; ".join(readiness.full()) or "ok",
        "clock": runner().clock_check.trouble or "ok",
        "config": {"digest": follower.config.digest, "complaint": follower.complaint},
        "accounts": {name: runner().accounts.troubles().get(name, "ok") for name in follower.config.accounts},
    }
