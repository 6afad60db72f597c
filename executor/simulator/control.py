"""The simulator's own paths: set the scene, switch faults, read the journal. For those on this machine.

GET    /simulator/journal            every POST received and what it did
POST   /simulator/position           {"account", "symbol", "long": "10", "short": "0"}
POST   /simulator/account            {"account", "mode"?, "balance"?, "margin_factor"?, "close_done_open_fails"?}
GET    /simulator/faults             the faults that are on
POST   /simulator/faults             {"fault": "click-backhand:drop-reply:1"}
DELETE /simulator/faults             all off
POST   /simulator/weather            {"skew_ms"?, "stale_ms"?, "rate_limits"?}
POST   /simulator/reset              everything as at the start
"""

import ipaddress
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from executor.simulator.exchange import Exchange
from executor.simulator.fault_text import parse_fault
from executor.simulator.market import Account

control = Blueprint("control", __name__, url_prefix="/simulator")


@control.before_request
def only_from_here() -> None:
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - nobody's address
        abort(404)


@control.get("/journal")
def journal() -> Response:
    exchange = _exchange()
    with exchange.lock:
        return jsonify([dict(entry) for entry in exchange.journal])


@control.post("/position")
def set_position() -> Response:
    ask, exchange = _ask(), _exchange()
    with exchange.lock:
        mine = _account(exchange, ask)
        for side in ("long", "short"):
            if side in ask:
                mine.put(str(ask["symbol"]).upper(), side, Decimal(str(ask[side])))
        return jsonify(mine.sizes(str(ask["symbol"]).upper()))


@control.post("/account")
def set_account() -> Response:
    ask, exchange = _ask(), _exchange()
    with exchange.lock:
        mine = _account(exchange, ask)
        mine.mode = str(ask.get("mode", mine.mode))
        mine.balance = Decimal(str(ask.get("balance", mine.balance)))
        mine.margin_factor = Decimal(str(ask.get("margin_factor", mine.margin_factor)))
        mine.close_done_open_fails = bool(ask.get("close_done_open_fails", mine.close_done_open_fails))
    return jsonify(ok=True)


@control.get("/faults")
def faults() -> Response:
    return jsonify(_exchange().faults.to_json())


@control.post("/faults")
def add_fault() -> Response:
    try:
        fault = parse_fault(str(_ask().get("fault", "")))
    except ValueError as error:
        answer = jsonify(error=str(error))
        answer.status_code = 400
        return answer
    _exchange().faults.add(fault)
    return jsonify(ok=True)


@control.delete("/faults")
def clear_faults() -> Response:
    _exchange().faults.clear()
    return jsonify(ok=True)


@control.post("/weather")
def weather() -> Response:
    ask, exchange = _ask(), _exchange()
    with exchange.lock:
        exchange.skew_ms = int(ask.get("skew_ms", exchange.skew_ms))
        exchange.stale_ms = int(ask.get("stale_ms", exchange.stale_ms))
        exchange.rate_limits = bool(ask.get("rate_limits", exchange.rate_limits))
        lifetime = int(ask.get("signature_lifetime_ms", exchange.settings.signature_lifetime_ms))
        exchange.settings = replace(exchange.settings, signature_lifetime_ms=lifetime)
    return jsonify(ok=True)


@control.post("/reset")
def reset() -> Response:
    _exchange().reset()
    return jsonify(ok=True)


def _exchange() -> Exchange:
    exchange: Exchange = current_app.extensions["exchange"]
    return exchange


def _ask() -> dict[str, Any]:
    ask = request.get_json()
    if not isinstance(ask, dict):
        abort(400)
    return ask


def _account(exchange: Exchange, ask: dict[str, Any]) -> Account:
    mine = exchange.accounts.get(str(ask.get("account", "main")))
    return mine if mine is not None else abort(404)
