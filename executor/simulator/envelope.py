"""Bitget's answer around data or a refusal, and what a fault may change in it afterwards."""

import json
from typing import Any

from flask import Response

from executor.simulator.faults import Strike
from executor.simulator.market import Refused


def envelope(data: Any, now_ms: int, status: int | None = None) -> Response:
    """`code`, `msg`, `requestTime` and `data`."""
    refused = isinstance(data, Refused)
    body = {
        "code": data.code if refused else "00000",
        "msg": data.message if refused else "success",
        "requestTime": now_ms,
        "data": None if refused else data,
    }
    return Response(json.dumps(body), status or (400 if refused else 200), content_type="application/json")


def shaded(answer: Response, strike: Strike) -> Response:
    """The answer with what shades it; one that is no envelope stays as it is."""
    skew_ms = strike.ms("skew")
    if skew_ms and answer.mimetype == "application/json":
        body = json.loads(answer.get_data())
        body["requestTime"] += skew_ms
        if isinstance(body["data"], dict) and "serverTime" in body["data"]:
            body["data"]["serverTime"] = str(int(body["data"]["serverTime"]) + skew_ms)
        answer.set_data(json.dumps(body))
    return answer
