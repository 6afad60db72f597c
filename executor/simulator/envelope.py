"""Bitget's answer around data or a refusal, and what a fault may change in it afterwards."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from executor.simulator.faults import Strike
from executor.simulator.refusal import RequestRefused

ODDLY_MISSING = ("orderId", "cTime", "holdSide", "tradeId")


def envelope(data: Any, now_ms: int, status: int | None = None) -> Response:
    """`code`, `msg`, `requestTime` and `data`."""
    refused = isinstance(data, RequestRefused)
    body = {
        "code": data.code if refused else "00000",
        "msg": data.message if refused else "success",
        "requestTime": now_ms,
        "data": None if refused else data,
    }
    return Response(json.dumps(body), status or (400 if refused else 200), content_type="application/json")


def shaded(answer: Response, strike: Strike, ask: Mapping[str, Any]) -> Response:
    """The answer with what shades it; one that is no envelope stays as it is."""
    skew_ms, odd_row = strike.ms("skew"), strike.odd_row
    if not (skew_ms or odd_row) or answer.mimetype != "application/json":
        return answer
    body = json.loads(answer.get_data())
    body["requestTime"] += skew_ms
    if isinstance(body["data"], dict) and "serverTime" in body["data"]:
        body["data"]["serverTime"] = str(int(body["data"]["serverTime"]) + skew_ms)
    if odd_row and not (ask.get("orderId") or ask.get("clientOid")):
        _add_odd_row(body, ask)
    answer.set_data(json.dumps(body))
    return answer


def _add_odd_row(body: dict[str, Any], ask: Mapping[str, Any]) -> None:
    """A row that does not say what it should, before the others."""
    data = body["data"]
    lists = ("entrustedList", "fillList")
    holder, name = (
        (data, next((each for each in lists if each in data), "")) if isinstance(data, dict) else (body, "data")
    )
    if name not in holder or not isinstance(holder[name], list | None):
        return
    rows = holder[name] or []
    like = rows[0] if rows else {"symbol": ask.get("symbol", "ETHUSDT"), "marginCoin": "USDT"}
    odd = {field: value for field, value in like.items() if field not in ODDLY_MISSING}
    if "clientOid" in odd:
        odd["clientOid"] = "odd-row"
    holder[name] = [odd, *rows]
