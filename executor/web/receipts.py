"""GET /receipts/<id>: what became of an alert. For those on this machine."""

from flask import Blueprint, Response, abort, jsonify

from executor.web.state import from_this_machine, runner

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/receipts/<receipt>")
def show(receipt: str) -> Response:
    found = runner().ledger.receipt(receipt) if from_this_machine() else None
    if found is None:
        abort(404, "there is no such receipt")
    return jsonify(found.to_json())
