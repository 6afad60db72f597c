"""GET /receipts/<id>: what became of an alert, as JSON, or as a page for browsers."""

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from executor.web.context import runner
from executor.web.operator.access import granted_receipt, operator

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/receipts/<receipt>")
def show(receipt: str) -> ResponseReturnValue:
    if not granted_receipt():
        return redirect("/login", 303) if operator() and _in_a_browser() else _nothing()
    found = runner().ledger.queries.receipt(receipt)
    if found is None:
        return _nothing()
    if _in_a_browser():
        return render_template("operator/receipt.html", found=found)
    return jsonify(found.to_json())


def _nothing() -> Response:
    abort(404, "there is no such receipt")


def _in_a_browser() -> bool:
    """Whether the client wants a page, not JSON: one that takes either, such as curl, gets JSON."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
