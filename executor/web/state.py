"""Where the application keeps its Runner, and what a request may know of its client's address."""

import ipaddress
import re

from flask import Flask, current_app, request

from executor.engine.runner import Runner
from executor.web.proxies import believed

_KEY = "executor"
_LOCAL_NAME = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)


def keep(app: Flask, runner: Runner) -> None:
    app.extensions[_KEY] = runner


def runner_of(app: Flask) -> Runner:
    runner: Runner = app.extensions[_KEY]
    return runner


def runner() -> Runner:
    """The Runner of the application that handles the current request."""
    return runner_of(current_app)


def from_this_machine() -> bool:
    """Whether the client is on this machine and knows it. Never so for what a proxy has passed on that config.yaml does
    not trust: then everybody would seem to be here. Nor for a browser here that asks for another name: a page from
    elsewhere may have pointed its own name at this address (DNS rebinding).
    """
    if not _LOCAL_NAME.fullmatch(request.headers.get("Host", "")):
        return False
    if not believed() and ("X-Forwarded-For" in request.headers or "Forwarded" in request.headers):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
