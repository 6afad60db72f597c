"""GET and POST /login, POST /logout.

A password is checked only if its address has not sent too many wrong ones, and at most two are checked at once: scrypt
is slow on purpose, and the machine has alerts to take. One of the two places is for addresses that sent a wrong
password before. At the other a few may wait, and a few more from addresses that the operator has logged in from.
"""

from math import ceil

import structlog
from flask import Blueprint, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.security import check_password_hash

from executor.engine.senders.fair_lock import FairLock
from executor.web.operator import sessions
from executor.web.operator.access import operator
from executor.web.operator.attempts import Attempts

log = structlog.get_logger()

MOST_WAITING = 6  # threads; alerts need threads as well
MOST_WAITING_RIGHT = 2  # in addition, from addresses that were right
LONGEST_WAIT_SECONDS = 3.0
KEY = "executor.login"  # of the PasswordCheck in the application's extensions


class PasswordCheck:
    """Checks passwords; one per application."""

    def __init__(self) -> None:
        self.attempts = Attempts()
        self._lock, self._lock_of_wrong = FairLock(), FairLock()

    def judge(self, password_hash: str, password: str, address: str | None = None) -> bool | None:
        """Whether it is the password; None if too many are being checked now."""
        was_right = self.attempts.was_right(address)
        was_wrong = self.attempts.was_wrong(address) and not was_right
        lock = self._lock_of_wrong if was_wrong else self._lock
        most_waiting = 0 if was_wrong else MOST_WAITING + (MOST_WAITING_RIGHT if was_right else 0)
        if not lock.acquire(most_waiting, LONGEST_WAIT_SECONDS):
            return None
        try:
            return check_password_hash(password_hash, password)
        finally:
            lock.release()


def register(blueprint: Blueprint) -> None:
    blueprint.record_once(lambda state: state.app.extensions.setdefault(KEY, PasswordCheck()))
    blueprint.add_url_rule("/login", "login", _login, methods=["GET"])
    blueprint.add_url_rule("/login", "log_in", _log_in, methods=["POST"])
    blueprint.add_url_rule("/logout", "log_out", _log_out, methods=["POST"])


def _login() -> ResponseReturnValue:
    if operator() is None:
        abort(404)
    return render_template("operator/login.html")


def _log_in() -> ResponseReturnValue:
    known, password_check, address = operator(), current_app.extensions[KEY], request.remote_addr
    if known is None:
        abort(404)
    if wait := password_check.attempts.wait_seconds(address):
        return _not_now(ceil(wait), "Too many wrong passwords came from your address.")
    right = password_check.judge(known.password_hash.get_secret_value(), request.form.get("password", ""), address)
    if right is None:
        return _not_now(1, "Other passwords are being checked just now.")
    if not right:
        password_check.attempts.wrong(address)
        log.warning("login refused", address=address)
        return render_template("operator/login.html", complaint="That is not the password."), 403
    password_check.attempts.right(address)
    sessions.begin()
    log.info("operator logged in", address=address)
    return redirect("/", 303)


def _not_now(seconds: int, why: str) -> ResponseReturnValue:
    complaint = f"{why} Try again in {seconds} s."
    return render_template("operator/login.html", complaint=complaint), 429, {"Retry-After": str(seconds)}


def _log_out() -> ResponseReturnValue:
    sessions.end()
    return redirect("/login" if operator() else "/", 303)
