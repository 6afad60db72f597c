"""Runs the application under gunicorn; `executor serve` and deploy/gunicorn.conf.py share what stands here.

The master imports this much and no more: a worker loads the application, which is most of the memory and of the start.
"""

import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from executor.web.worker import Worker

GRACEFUL_SECONDS = 15  # for requests under way, then for orders that are due (Runner.stop); then it is killed


def tell_nothing(_worker: Any, _request: Any) -> None:
    """gunicorn's own hook before a request logs its path, once debug lines are asked for."""


# Each is a gunicorn setting; gunicorn's own documentation says what it takes.
SETTINGS: dict[str, Any] = {
    "worker_class": Worker,  # threads share one ledger connection and one watch per account
    "workers": 1,  # lanes already run side by side; more processes divide the account's limits among them
    "threads": 64,  # of which three quarters may wait for outcomes; they start when they are needed
    "timeout": 30,  # a worker that hangs for so long is killed; its lanes are taken over
    "graceful_timeout": GRACEFUL_SECONDS,
    "keepalive": 75,  # TradingView and proxies may keep their connections
    "worker_connections": 4000,  # of a process at once; then the longest silent make room
    "backlog": 2048,  # a bar's close brings hundreds of alerts at once
    "limit_request_line": 4094,
    "limit_request_fields": 50,
    "forwarded_allow_ips": "",  # addresses are read through `proxies:` in config.yaml, nowhere else
    "accesslog": None,  # paths may hold secrets; the executor logs what it took instead
    "access_log_format": "%(h)s %(m)s %(s)s %(M)s ms",  # so no path, if that log is asked for all the same
    "pre_request": tell_nothing,
    "control_socket_disable": True,  # only signals command the master
}


def worker_exit(_: Any, worker: Any) -> None:
    """gunicorn's hook when a worker ends: finish what is due, then leave the lanes to others."""
    app = getattr(worker, "wsgi", None)
    if app is None:
        return  # it has not come so far, or this is the master
    from executor.web.state import runner_of

    runner_of(app).stop()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is shipped without types
    """gunicorn with SETTINGS and the given bind address, workers and threads."""

    def __init__(self, config_path: Path, **overrides: Any) -> None:
        self._config_path, self._overrides = config_path, overrides
        super().__init__()

    def load_config(self) -> None:
        for name, value in {**SETTINGS, **self._overrides, "worker_exit": worker_exit}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from executor.web import create_app

        return create_app(self._config_path)

    def run(self) -> None:
        """Until a signal ends it. A worker that cannot start ends it as well, with exit code 1."""
        master = os.getpid()
        try:
            super().run()
        except SystemExit as end:
            if os.getpid() == master and end.code in (Arbiter.WORKER_BOOT_ERROR, Arbiter.APP_LOAD_ERROR):
                sys.exit(1)
            raise
