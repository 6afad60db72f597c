"""The context of a request: the application's Runner, and whether the client is on this machine."""

import ipaddress
import re

from flask import Flask, current_app, request

from executor.engine.runner import Runner
from executor.web.proxies import believed

_KEY = "executor"
_LOCAL_NAME = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_TRACES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")  # of a proxy


def keep(app: Flask, runner: Runner) -> None:
    app.extensions[_KEY] = runner


def runner_of(app: Flask) -> Runner:
    runner: Runner = app.extensions[_KEY]
    return runner


def runner() -> Runner:
    """The Runner of the application that handles the current request."""
    return runner_of(current_app)


def from_this_machine() -> bool:
    """Whether the client is on this machine and has asked for it by a local name.

    False for a request that a proxy has passed on, unless a trusted proxy gives the client's address: else every client
    would seem to be local. False for a browser here that asks for another name: a page from elsewhere may have pointed
    its own name at this address (DNS rebinding).
    """
    if _passed_on() or not _LOCAL_NAME.fullmatch(request.headers.get("Host", "")):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def browsing_on_this_machine() -> bool:
    """The same, also where a proxy may leave no trace of itself: a browser asks the host that it is connected to to
    keep the connection, and a proxy must not pass that on (RFC 9110, 7.6.1).
    """
    return from_this_machine() and (_address_given() or "keep-alive" in request.headers.get("Connection", "").lower())


def _passed_on() -> bool:
    """Whether a proxy stands in front, and the address is not known to be the client's own."""
    if request.environ["SERVER_PROTOCOL"] == "HTTP/1.0":  # nginx before 1.29.7, by default
        return True
    return not _address_given() and any(name in request.headers for name in _TRACES)


def _address_given() -> bool:
    """Whether a trusted proxy gives the address."""
    return believed() and "X-Forwarded-For" in request.headers
