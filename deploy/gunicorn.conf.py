"""gunicorn -c deploy/gunicorn.conf.py 'executor.web:create_app()'

The settings and their reasons stand in executor/server/settings.py, which `executor serve` uses as well. Here stands
what depends on the machine.
"""

import os

from executor.server.settings import *  # noqa: F403 - gunicorn takes the names it knows

# On this machine only: nginx or Caddy stands in front and ends TLS.
bind = os.environ.get("EXECUTOR_BIND", "127.0.0.1:8000")
