"""GET and POST /login, POST /logout. A password is judged only when its address has not been wrong too often, and never
more than a few at once: scrypt is slow on purpose, and the machine has alerts to take.
"""

import threading
from math import ceil

import structlog
from flask import Blueprint, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.security import check_password_hash

from executor.web.operator import sessions
from executor.web.operator.access import operator
from executor.web.operator.attempts import Attempts

log = structlog.get_logger()

AT_ONCE = 2
KEY = "executor.login"  # of the Door among the application's extensions


class Door:
    """Judges passwords; one per application."""

    def __init__(self) -> None:
        self.attempts = Attempts()
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def judge(self, password_hash: str, password: str) -> bool | None:
        """Whether it is the password; None if too many are being judged now."""
        if not self._room.acquire(blocking=False):
            return None
        try:
            return check_password_hash(password_hash, password)
        finally:
            self._room.release()


def register(blueprint: Blueprint) -> None:
    blueprint.record_once(lambda state: state.app.extensions.setdefault(KEY, Door()))
    blueprint.add_url_rule("/login", "login", _login, methods=["GET"])
    blueprint.add_url_rule("/login", "log_in", _log_in, methods=["POST"])
    blueprint.add_url_rule("/logout", "log_out", _log_out, methods=["POST"])


def _login() -> ResponseReturnValue:
    if operator() is None:
        abort(404)
    return render_template("operator/login.html")


def _log_in() -> ResponseReturnValue:
    known, door, address = operator(), current_app.extensions[KEY], request.remote_addr
    if known is None:
        abort(404)
    if wait := door.attempts.wait_seconds(address):
        return _not_now(ceil(wait), "Too many wrong passwords came from your address.")
    right = door.judge(known.password_hash.get_secret_value(), request.form.get("password", ""))
    if right is None:
        return _not_now(1, "Other passwords are being checked just now.")
    if not right:
        door.attempts.wrong(address)
        log.warning("login refused", address=address)
        return render_template("operator/login.html", complaint="That is not the password."), 403
    door.attempts.right(address)
    sessions.begin()
    log.info("operator logged in", address=address)
    return redirect("/", 303)


def _not_now(seconds: int, why: str) -> ResponseReturnValue:
    complaint = f"{why} Try again in {seconds} s."
    return render_template("operator/login.html", complaint=complaint), 429, {"Retry-After": str(seconds)}


def _log_out() -> ResponseReturnValue:
    sessions.end()
    return redirect("/login" if operator() else "/", 303)
