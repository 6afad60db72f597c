"""Where the application keeps its Runner, and what a request may know of its client's address."""

import ipaddress

from flask import Flask, current_app, request

from executor.engine.runner import Runner

_KEY = "executor"


def keep(app: Flask, runner: Runner) -> None:
    app.extensions[_KEY] = runner


def runner_of(app: Flask) -> Runner:
    runner: Runner = app.extensions[_KEY]
    return runner


def runner() -> Runner:
    """The Runner of the application that handles the current request."""
    return runner_of(current_app)


def from_this_machine() -> bool:
    """Whether the client is on this machine. Never so for what a proxy has passed on that config.yaml does not know of:
    then everybody would seem to be here.
    """
    if not runner().config.proxies and ("X-Forwarded-For" in request.headers or "Forwarded" in request.headers):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
