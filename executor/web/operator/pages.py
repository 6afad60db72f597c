"""The pages' blueprint: what must hold before any of them is answered, and what each shows."""

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from executor.ledger import LedgerUnavailable
from executor.web.operator import login, sessions
from executor.web.operator.access import exists, granted, operator

blueprint = Blueprint(
    "operator", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
)
login.register(blueprint)
WITHOUT_LOGIN = {"operator.login", "operator.log_in", "operator.log_out", "operator.static"}


@blueprint.before_request
def admit() -> ResponseReturnValue | None:
    if not exists():
        abort(404)
    if request.endpoint not in WITHOUT_LOGIN and not granted():
        return redirect("/login", 303)
    if request.method == "POST":
        sessions.check_form(request.form.get("csrf_token"))
    if sessions.logged_in() and "auto" not in request.args:  # a page that reloads itself is nobody's activity
        sessions.note_activity()
    return None


@blueprint.context_processor
def form_token() -> dict[str, object]:
    return {"csrf_token": sessions.form_token, "log_out": operator() is not None and sessions.logged_in()}


@blueprint.errorhandler(BadRequest)
def bad_request(error: BadRequest) -> ResponseReturnValue:
    return render_template("operator/trouble.html", trouble=error.description), 400


@blueprint.errorhandler(LedgerUnavailable)
def unavailable(error: LedgerUnavailable) -> ResponseReturnValue:
    return render_template("operator/trouble.html", trouble=str(error)), 503


@blueprint.get("/")
def dashboard() -> ResponseReturnValue:
    return render_template("operator/dashboard.html")
