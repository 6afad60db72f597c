"""The operator's session: a signed cookie that ends with the browser, an idle hour, twelve hours, or the password.

Its key is derived from the password's hash: every process has the same, and a new password ends all sessions. Nothing
is kept on the server, so a cookie that was copied before its owner logged out lives until one of the other ends.

Its times are the ledger's clock: every process agrees on it, and a step of a machine's clock ends no session.
"""

import hashlib
import hmac

from flask import Flask, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.wrappers import Request
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from werkzeug.exceptions import BadRequest

from executor.config import Config
from executor.web.context import runner, runner_of

LIFE_SECONDS = 12 * 3600
IDLE_SECONDS = 3600
NOTE_SECONDS = 60  # a cookie is not written anew for every page
STALE = (
    "This form is too old, or your browser keeps no cookies from here; nothing was changed. "
    "Go back, reload the page and try again."
)
COOKIE = {
    "SESSION_COOKIE_NAME": "__Host-operator",  # browsers take it from this very host alone, and only as Secure
    "SESSION_COOKIE_SECURE": True,  # they count loopback as secure
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Strict",
    "WTF_CSRF_TIME_LIMIT": None,  # a form is as good as its session
}


def signing_key(config: Config) -> bytes:
    """Without an operator, a signature only tells our forms from forged ones, and any secret will do."""
    if config.operator:
        material = config.operator.password_hash.get_secret_value()
    else:
        secrets = (secret for sender in config.senders.values() for secret in sender.secrets)
        material = "\n".join([config.ledger_url, *secrets])
    return hmac.digest(material.encode(), b"the operator's sessions", "sha256")


class Signer(TimestampSigner):
    """The library's signer, by the ledger's clock."""

    def get_timestamp(self) -> int:
        return _now()


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, with the key of the configuration in force. Alerts have none."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            signing_key(runner_of(app).config),
            salt=self.salt,
            serializer=self.serializer,
            signer=Signer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": hashlib.sha256},
        )

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith("/hook/") else super().open_session(app, request)


def begin() -> None:
    """Begin a session for a browser that has just logged in; nothing of an older one is kept."""
    session.clear()
    now = _now()
    session.update(since=now, seen=now)


def end() -> None:
    session.clear()


def logged_in() -> bool:
    """Whether this is the operator's session, and still good."""
    now = _now()
    return "since" in session and session["since"] > now - LIFE_SECONDS and session["seen"] > now - IDLE_SECONDS


def note_activity() -> None:
    now = _now()
    if session["seen"] < now - NOTE_SECONDS:
        session["seen"] = now


def form_token() -> str:
    """Proves that a form came from one of our pages."""
    from flask_wtf.csrf import generate_csrf  # a megabyte, loaded with the first page

    token: str = generate_csrf(secret_key=signing_key(runner().config))
    return token


def check_form(token: str | None) -> None:
    """Raises BadRequest."""
    from flask_wtf.csrf import validate_csrf
    from wtforms.validators import ValidationError

    try:
        validate_csrf(token, secret_key=signing_key(runner().config))
    except ValidationError:
        raise BadRequest(STALE) from None


def _now() -> int:
    return int(runner().ledger.now().timestamp())
