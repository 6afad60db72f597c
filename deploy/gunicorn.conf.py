"""gunicorn -c deploy/gunicorn.conf.py 'executor.web:create_app()'

The settings and their reasons stand in executor/web/serving.py, which `executor serve` uses as well. Here stands what
depends on the machine.
"""

import os

from executor.web.serving import SETTINGS
from executor.web.serving import worker_exit as worker_exit

globals().update(SETTINGS)

# On this machine only: nginx stands in front and ends TLS.
bind = os.environ.get("EXECUTOR_BIND", "127.0.0.1:8000")
