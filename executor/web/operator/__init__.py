"""The operator's pages: what the executor does at a glance, and the switch that stops it."""

from flask import Flask

from executor.web.operator.headers import add_headers
from executor.web.operator.pages import blueprint
from executor.web.operator.sessions import COOKIE, Sessions

__all__ = ["register"]


def register(app: Flask) -> None:
    app.session_interface = Sessions()
    app.config.update(COOKIE)
    app.after_request(add_headers)
    app.register_blueprint(blueprint)
