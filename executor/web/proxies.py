"""What the proxies in front tell of a request, believed only from them: its address, its certificate."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import request
from werkzeug.middleware.proxy_fix import ProxyFix

from executor.config import Proxies
from executor.core.sender import Certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BELIEVED, _CERTIFICATE = "executor.proxy_believed", "executor.client_certificate"  # in a request's environ
_SECRET_HEADER, _CERTIFICATE_HEADER = "HTTP_X_PROXY_SECRET", "HTTP_X_CLIENT_CERTIFICATE"


class ProxyTrust:
    """WSGI middleware: takes over what the proxies tell. A certificate counts only from a proxy with a secret."""

    def __init__(self, app: "WSGIApplication", proxies: Proxies) -> None:
        self._direct: WSGIApplication = app
        self._behind: WSGIApplication = ProxyFix(app, x_for=proxies.hops, x_proto=proxies.hops)
        self._hops = proxies.hops
        self._secret = _digest(proxies.secret.get_secret_value().encode()) if proxies.secret else None
        self._read = _reader() if self._secret else None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        secret, certificate = environ.pop(_SECRET_HEADER, ""), environ.pop(_CERTIFICATE_HEADER, "")
        proven = self._secret is not None and hmac.compare_digest(_digest(secret.encode("latin-1")), self._secret)
        environ[_BELIEVED] = self._hops > 0 and (proven or self._secret is None)
        environ[_CERTIFICATE] = self._read(certificate) if self._read and proven and certificate else None
        app = self._behind if environ[_BELIEVED] else self._direct
        return app(environ, start_response)


def _reader() -> "Callable[[str], Certificate | None]":
    from executor.web.certificate import read  # much memory, for those who need it only

    return read


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def believed() -> bool:
    """Whether the current request's address is what a trusted proxy told."""
    return bool(request.environ[_BELIEVED])


def shown_certificate() -> Certificate | None:
    """The client certificate of the current request, as a trusted proxy has handed it over."""
    shown: Certificate | None = request.environ[_CERTIFICATE]
    return shown
