"""Runs the application under gunicorn, for `executor serve`."""

import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from executor.server import settings
from executor.web import create_app


class GunicornServer(BaseApplication):  # type: ignore[misc]  # gunicorn is shipped without types
    """gunicorn with our settings and the given bind address, workers and threads."""

    def __init__(self, config_path: Path, **overrides: Any) -> None:
        self._config_path, self._overrides = config_path, overrides
        super().__init__()

    def load_config(self) -> None:
        for name, value in {**vars(settings), **self._overrides}.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
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
