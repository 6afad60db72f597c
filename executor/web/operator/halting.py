"""POST /halt and POST /resume: the switch. Each is written to the ledger, so every process obeys at once."""

import re
from datetime import timedelta

import structlog
from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Conflict

from executor.ledger import HaltScope
from executor.web.context import runner

log = structlog.get_logger()

# What the form offers, and for how long that is; None: until a person resumes.
LASTS = {
    "until resumed": None,
    "for 15 minutes": timedelta(minutes=15),
    "for 1 hour": timedelta(hours=1),
    "for 4 hours": timedelta(hours=4),
    "for 1 day": timedelta(days=1),
    "for 1 week": timedelta(weeks=1),
}
LONGEST_NAME, LONGEST_REASON = 60, 200


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/halt", "halt", _halt, methods=["POST"])
    blueprint.add_url_rule("/resume", "resume", _resume, methods=["POST"])


def _halt() -> ResponseReturnValue:
    scope, lasts = _scope(), request.form.get("lasts", "until resumed")
    if lasts not in LASTS:
        raise BadRequest(f"Nothing was halted: {lasts!r} is not one of {', '.join(LASTS)}.")
    config = runner().config
    for name, known in ((scope.account, config.accounts), (scope.symbol, config.symbols)):
        if name is not None and name not in known:  # halting it would stop nothing, and say that it did
            raise BadRequest(f"Nothing was halted: config.yaml has no {name!r}; it has {', '.join(known)}.")
    reason = _line("reason", LONGEST_REASON) or "halted by hand"
    made = runner().ledger.halts.halt(scope, _author(), reason, runner().now(), LASTS[lasts])
    log.warning("halted", scope=str(scope), author=made.author, reason=reason, lasts=lasts, address=request.remote_addr)
    return redirect("/", 303)


def _resume() -> ResponseReturnValue:
    scope, author = _scope(), _author()
    if not runner().ledger.halts.resume(scope, author, runner().now()):
        raise Conflict(f"Nothing to resume: no halt of {scope} is in force any more.")
    log.warning("resumed", scope=str(scope), author=author, address=request.remote_addr)
    return redirect("/", 303)


def _scope() -> HaltScope:
    return HaltScope(request.form.get("account") or None, request.form.get("symbol") or None)


def _author() -> str:
    """Never one of the executor's own authors, such as the brakes."""
    return f"{_line('author', LONGEST_NAME) or 'operator'} (web)"


def _line(name: str, longest: int) -> str:
    """A form's field as one line of visible characters."""
    words = re.sub(r"\s+", " ", request.form.get(name, ""))
    return "".join(letter for letter in words if letter.isprintable()).strip()[:longest]
