"""The HTTP face: alerts in; receipts, pages, metrics and health out. gunicorn is given `executor.web:create_app()`."""

from executor.web.app import create_app as create_app
