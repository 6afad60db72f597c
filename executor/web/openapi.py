"""GET /openapi.json: the HTTP interface for programs, from openapi.yaml. It shows nothing of config.yaml."""

import json
from functools import cache
from importlib.resources import files

import yaml
from flask import Blueprint, Response

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
def describe() -> Response:
    return Response(_document(), content_type="application/json")


@cache
def _document() -> str:
    text = files("executor.web").joinpath("openapi.yaml").read_text("utf-8")
    return json.dumps(yaml.safe_load(text), indent=2) + "\n"
