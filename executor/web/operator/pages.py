"""The pages' blueprint: what must hold before any of them is answered, and the overview."""

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Conflict

from executor.ledger import LedgerUnavailable
from executor.web.context import runner
from executor.web.operator import formatting, halting, login, overview, sessions
from executor.web.operator.access import exists, granted, operator

blueprint = Blueprint(
    "operator", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
)
login.register(blueprint)
halting.register(blueprint)
formatting.register(blueprint)
WITHOUT_LOGIN = {"operator.login", "operator.log_in", "operator.log_out", "operator.static"}


@blueprint.before_request
def admit() -> ResponseReturnValue | None:
    if not exists():
        abort(404)
    if request.endpoint not in WITHOUT_LOGIN and not granted():
        return redirect("/login", 303)
    if request.method == "POST":
        sessions.check_form(request.form.get("csrf_token"))
    if sessions.logged_in() and "auto" not in request.args:  # a page that reloads itself is no activity of a person
        sessions.note_activity()
    return None


@blueprint.app_context_processor
def form_token() -> dict[str, object]:
    return {"csrf_token": sessions.form_token, "log_out": operator() is not None and sessions.logged_in()}


@blueprint.errorhandler(BadRequest)
@blueprint.errorhandler(Conflict)
def not_done(error: BadRequest | Conflict) -> ResponseReturnValue:
    return render_template("operator/trouble.html", trouble=error.description), error.code


@blueprint.errorhandler(LedgerUnavailable)
def unavailable(error: LedgerUnavailable) -> ResponseReturnValue:
    return render_template("operator/trouble.html", trouble=str(error)), 503


@blueprint.get("/")
def dashboard() -> ResponseReturnValue:
    view = overview.view_of(runner())
    return render_template("operator/dashboard.html", view=view, auto="auto" in request.args, lasts=halting.LASTS)
