"""gunicorn, alone: it takes connections and runs `executor.web` in a worker process.

Read `settings` first: each of gunicorn's settings that we choose, and its hooks. `worker` is gunicorn's own gthread
worker with three differences. `process` runs both for `executor serve`; deploy/gunicorn.conf.py runs them under
gunicorn's own command.
"""
