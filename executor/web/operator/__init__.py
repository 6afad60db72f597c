"""The operator's pages: the overview, and the switch that halts and resumes trading.

`pages` holds what every page needs first; `access` says which client may see which page. Then one module a subject:
`overview`, `halting`, `login` (with `attempts`: wrong passwords, and `sessions`: the cookie). `formatting` has the
templates' filters, `headers` the security headers. The templates lie in templates/, styles and icons in static/.
"""

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
