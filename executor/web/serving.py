"""Runs the application under gunicorn; `executor serve` and deploy/gunicorn.conf.py share what stands here.

The master imports this much and no more: a worker loads the application, which is most of the memory and of the start.
"""

import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from executor.errors import ExecutorError

REQUESTS_SECONDS = 5  # for requests under way when the end is near
GRACEFUL_SECONDS = 15  # for those, and then for orders that are due (Runner.stop); whoever takes longer is killed


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is shipped without types
    """gunicorn's threads, ending in time for `worker_exit`.

    gunicorn's own would wait for idle kept-alive connections, as nginx holds them, until the master kills it.
    """

    def init_process(self) -> None:
        self.cfg.set("graceful_timeout", REQUESTS_SECONDS)  # in this process; the master has GRACEFUL_SECONDS
        super().init_process()

    def load_wsgi(self) -> None:
        """What the application stumbles over is said in one sentence, and ends the master too."""
        try:
            super().load_wsgi()
        except ExecutorError as error:
            raise AppImportError(f"executor: {error}") from error

    def handle_quit(self, number: int, frame: Any) -> None:
        """Ctrl-C comes twice, from the terminal and from the master, and at any moment. gunicorn's own takes a lock of
        the thread pool that the main thread may hold just then, and raises where it was interrupted."""
        self.handle_exit(number, frame)

    def murder_keepalived(self) -> None:
        if not self.alive:
            for idle in (*self.keepalived_conns, *self.pending_conns):
                idle.timeout = 0.0
        super().murder_keepalived()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        from executor.web import garbled

        garbled.refuse(client, exc)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Also reads what is left of the body: gunicorn's own logs what it finds there, if that is garbled."""
        if not super().handle_request(req, conn):
            return False
        try:
            conn.parser.finish_body()
        except (ParseException, OSError):
            return False
        return True


# Each is a gunicorn setting; gunicorn's own documentation says what it takes.
SETTINGS: dict[str, Any] = {
    "worker_class": Worker,  # threads share one ledger connection and one watch per account
    "workers": 1,  # lanes already run side by side; more processes mean more watches on the exchange
    "threads": 16,
    "timeout": 30,  # a worker that hangs for so long is killed; its lanes are taken over
    "graceful_timeout": GRACEFUL_SECONDS,
    "keepalive": 75,  # TradingView and proxies may keep their connections
    "backlog": 2048,  # a bar's close brings hundreds of alerts at once
    "limit_request_line": 4094,
    "limit_request_fields": 50,
    "forwarded_allow_ips": "",  # addresses are read through `proxies:` in config.yaml, nowhere else
    "accesslog": None,  # paths may hold secrets; the executor logs what it took instead
    "control_socket_disable": True,  # nobody but signals commands the master; gunicorn 25.0 has no such socket yet
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
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        from executor.web.app import create_app

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
