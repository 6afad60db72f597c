"""Builds the Flask application around one Runner."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, request

from executor.engine.last_good import shared
from executor.engine.runner import DEFAULT_TIMINGS, Runner
from executor.engine.timings import Timings
from executor.times import utc_now
from executor.web import health, hook, metrics, openapi, operator, problems, receipts
from executor.web.body import MOST_BODY_BYTES
from executor.web.context import keep
from executor.web.logs import configure_logs, trail
from executor.web.proxies import ProxyTrust

DEFAULT_CONFIG = "config.yaml"
THREADS = 16  # that answer requests, if the server does not say how many it has
log = structlog.get_logger()


class App(Flask):
    """Flask, with another log line for its own errors."""

    def log_exception(self, exc_info: Any) -> None:
        """Flask's own names the path, which may hold a secret."""
        log.error("request failed", endpoint=request.endpoint, error=trail(exc_info[1]))


def config_path(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("EXECUTOR_CONFIG") or DEFAULT_CONFIG)


def create_app(
    path: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    now: Callable[[], datetime] = utc_now,
    timings: Timings = DEFAULT_TIMINGS,
) -> Flask:
    """The application, running: its threads end with `executor.web.context.runner_of(app).stop()`.

    Call it in the process that serves, after any fork. Raises ConfigError or LedgerError.
    """
    environ = os.environ if environ is None else environ
    configure_logs()
    runner = Runner(Path(path) if path else config_path(environ), environ, shared(), now=now, timings=timings)
    app = App(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES + 1  # a chunked body is cut off there; the extra byte shows that
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False  # a path is what it says, or 404; no redirect
    keep(app, runner)
    hook.let_wait(app, THREADS)
    problems.register(app)
    for blueprint in (hook.blueprint, receipts.blueprint, health.blueprint, openapi.blueprint, metrics.blueprint):
        app.register_blueprint(blueprint)
    operator.register(app)
    app.wsgi_app = ProxyTrust(app.wsgi_app, runner.config.proxies)  # type: ignore[method-assign]  # Flask's own way
    runner.start()
    return app
