"""The simulator's own paths: set the scene, switch faults, read the journal. For those on this machine.

GET    /simulator/journal            every POST received, what it did, and when it was answered and ended
GET    /simulator/requests           requests, 429s by its limits, and the busiest second, per account and endpoint
DELETE /simulator/requests           start to count anew
POST   /simulator/position           {"account", "symbol", "long": "10", "short": "0", "source"?, "after_ms"?}
POST   /simulator/account            {"account", "mode"?, "balance"?, "margin_factor"?, "close_done_open_fails"?}
POST   /simulator/pending            {"account", "symbol", "count": 120, "filled"?}: a grid bot's resting orders
DELETE /simulator/pending            {"account"}: cancels them
GET    /simulator/faults             the faults that are on
POST   /simulator/faults             {"fault": "click-backhand:drop-reply:1"}
DELETE /simulator/faults             all off
POST   /simulator/weather            {"skew_ms"?, "stale_ms"?, "rate_limits"?}
POST   /simulator/hasten             what waits (for its ms, for its after_ms) happens now
POST   /simulator/reset              everything as at the start

A position that is set here changes as by a trader's hand in the app, now or after_ms later: it leaves orders in the
account's history that no client has placed, with the source "market", or "reverse" for the app's reversal button.
"""

import ipaddress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from executor.simulator.exchange import Exchange
from executor.simulator.fault_text import parse_fault
from executor.simulator.market import OTHER, Account
from executor.simulator.orders import detail_row
from executor.simulator.refusal import RequestRefused
from executor.simulator.resting import cancel_resting, rest

MOST_RESTING = 5000
control = Blueprint("control", __name__, url_prefix="/simulator")


@control.before_request
def only_from_here() -> None:
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - an address that no peer has
        abort(404)


@control.errorhandler(RequestRefused)
@control.errorhandler(ValueError)
def cannot(error: Exception) -> Response:
    answer = jsonify(error=str(error))
    answer.status_code = 400
    return answer


@control.get("/journal")
def journal() -> Response:
    exchange = _exchange()
    with exchange.lock:
        return jsonify([dict(entry) for entry in exchange.journal])


@control.get("/requests")
def requests() -> Response:
    exchange = _exchange()
    with exchange.lock:
        return jsonify(exchange.traffic.to_json())


@control.delete("/requests")
def forget_requests() -> Response:
    exchange = _exchange()
    with exchange.lock:
        exchange.traffic.forget()
    return jsonify(ok=True)


@control.post("/position")
def set_position() -> Response:
    ask, exchange = _ask(), _exchange()
    symbol, sizes = exchange.settings.contract(str(ask.get("symbol"))).symbol, _sizes(ask)
    source, after_ms = str(ask.get("source", "market")), int(ask.get("after_ms", 0))
    with exchange.lock:
        mine = _account(exchange, ask)

        def move() -> None:
            mine.move(symbol, sizes, exchange.now_ms(), source)

        if after_ms:
            exchange.later.after(after_ms, move)
        else:
            move()
        return jsonify(mine.sizes(symbol))


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


@control.post("/pending")
def add_pending() -> Response:
    ask, exchange = _ask(), _exchange()
    number, filled = int(ask.get("count", 1)), _decimal(ask, "filled")
    if number not in range(MOST_RESTING + 1):
        raise ValueError(f"count: {number} is not a number from 0 to {MOST_RESTING}")
    with exchange.lock:
        placed = rest(_account(exchange, ask), str(ask.get("symbol")), number, filled, exchange.now_ms())
        return jsonify([detail_row(order) for order in placed])


@control.delete("/pending")
def cancel_pending() -> Response:
    ask, exchange = _ask(), _exchange()
    with exchange.lock:
        cancel_resting(_account(exchange, ask), exchange.now_ms())
    return jsonify(ok=True)


@control.get("/faults")
def faults() -> Response:
    return jsonify(_exchange().faults.to_json())


@control.post("/faults")
def add_fault() -> Response:
    _exchange().faults.add(parse_fault(str(_ask().get("fault", ""))))
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


@control.post("/hasten")
def hasten() -> Response:
    _exchange().later.hasten()
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


def _sizes(ask: dict[str, Any]) -> dict[str, Decimal]:
    """The sizes of the legs in a request. ValueError if they make no position."""
    sizes = {side: _decimal(ask, side) for side in OTHER if side in ask}
    if not sizes:
        raise ValueError('write "long" and "short" with sizes: {"symbol": "ETHUSDT", "long": "10", "short": "0"}')
    return sizes


def _decimal(ask: dict[str, Any], name: str) -> Decimal:
    """A size; 0 if the request names none. ValueError for anything else."""
    try:
        size = Decimal(str(ask.get(name, "0")))
    except InvalidOperation:
        size = Decimal("NaN")
    if not size.is_finite() or size < 0:
        raise ValueError(f'{name}: {ask[name]!r} is no size; write it as "10"')
    return size
