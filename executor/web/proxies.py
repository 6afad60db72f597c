"""What trusted proxies say of a request: the client's address and certificate."""

import hashlib
import hmac
import re
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog
from flask import request
from werkzeug.middleware.proxy_fix import ProxyFix

from executor.config import Proxies
from executor.core.sender import Certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BELIEVED, _CERTIFICATE = "executor.proxy_believed", "executor.client_certificate"  # in a request's environ
_ADDRESS_HEADER = "HTTP_X_FORWARDED_FOR"
_SECRET_HEADER, _CERTIFICATE_HEADER = "HTTP_X_PROXY_SECRET", "HTTP_X_CLIENT_CERTIFICATE"
# One address of a list, as some proxies write it: with a port, and then IPv6 in brackets.
_WITH_PORT = re.compile(r"(?<![^\s,])(?:([0-9.]{7,15})|\[([0-9a-fA-F:.]+)\])(?::[0-9]{1,5})?(?=\s*(?:,|$))")
log = structlog.get_logger()


class ProxyTrust:
    """WSGI middleware: applies what trusted proxies say. A certificate also needs the proxies' secret."""

    def __init__(self, app: "WSGIApplication", proxies: Proxies) -> None:
        self._direct: WSGIApplication = app
        self._behind: WSGIApplication = ProxyFix(app, x_for=proxies.hops, x_proto=proxies.hops)
        self._hops = proxies.hops
        self._secret = _digest(proxies.secret.get_secret_value().encode()) if proxies.secret else None
        self._read = _reader() if self._secret else None
        self._warned = threading.Lock()  # taken once and kept

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        secret, certificate = environ.pop(_SECRET_HEADER, ""), environ.pop(_CERTIFICATE_HEADER, "")
        proven = self._secret is not None and hmac.compare_digest(_digest(secret.encode("latin-1")), self._secret)
        environ[_BELIEVED] = self._hops > 0 and (proven or self._secret is None)
        environ[_CERTIFICATE] = self._read(certificate) if self._read and proven and certificate else None
        if _ADDRESS_HEADER in environ:
            self._judge(environ)
        app = self._behind if environ[_BELIEVED] else self._direct
        return app(environ, start_response)

    def _judge(self, environ: "WSGIEnvironment") -> None:
        """Where fewer proxies than configured give an address, it is unknown: the last proxy may be this machine.

        A client's quotes are removed: they would join the addresses that follow into one, and the count would be wrong.
        """
        if environ[_BELIEVED]:
            addresses = environ[_ADDRESS_HEADER].replace('"', "")
            environ["REMOTE_ADDR"], environ[_ADDRESS_HEADER] = "", _WITH_PORT.sub(r"\1\2", addresses)
        elif not self._hops and self._warned.acquire(blocking=False):
            words = "a request came with X-Forwarded-For, and without proxies in config.yaml that is not believed"
            log.warning("proxy not configured", reason=f"{words}: if a proxy stands in front, say so there")


def _reader() -> "Callable[[str], Certificate | None]":
    from executor.web.client_certificate import read  # takes much memory, so only where a certificate can be shown

    return read


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def believed() -> bool:
    """Whether the current request's address comes from a trusted proxy."""
    return bool(request.environ[_BELIEVED])


def shown_certificate() -> Certificate | None:
    """The client certificate of the current request, from a trusted proxy."""
    shown: Certificate | None = request.environ[_CERTIFICATE]
    return shown
