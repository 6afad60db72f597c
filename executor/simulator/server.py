"""The simulator's HTTP face: Bitget's paths and envelope, with whatever faults are switched on in between."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Flask, Response, request

from executor.simulator.authorization import authorized
from executor.simulator.control import control
from executor.simulator.endpoints import GET, POST, PUBLIC
from executor.simulator.envelope import envelope
from executor.simulator.exchange import Exchange
from executor.simulator.execution import Answer, Entry, Private, Public
from executor.simulator.faults import Asked
from executor.simulator.playing import hung_up, played
from executor.simulator.refusal import RequestRefused


def create_app(exchange: Exchange) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.extensions["exchange"] = exchange
    app.register_blueprint(control)
    for path, public in PUBLIC.items():
        app.add_url_rule(path, path, _public(exchange, public))
    for path, private in GET.items():
        app.add_url_rule(path, path, _private(exchange, private))
    for path, private in POST.items():
        app.add_url_rule(path, path, _private(exchange, private), methods=["POST"])
    nowhere = RequestRefused("40404", "Request URL NOT FOUND")
    app.register_error_handler(404, lambda _: envelope(nowhere, exchange.now_ms(), 404))
    return app


def _public(exchange: Exchange, answer: Answer) -> Callable[[], Response]:
    def view() -> Response:
        front = exchange.faults.strike(_asked(), in_front=True).fault
        if front and not exchange.later.wait(front.ms):
            return hung_up()
        address = request.remote_addr or ""
        try:
            exchange.check_address(address)
            exchange.check_limit(address, _endpoint(), public=True)
        except RequestRefused as refused:
            return _refused(exchange, refused)
        return played(Public(exchange, request.args, answer), exchange.faults.strike(_asked()))

    return view


def _private(exchange: Exchange, answer: Answer) -> Callable[[], Response]:
    def view() -> Response:
        entry = None
        front = exchange.faults.strike(_asked(), in_front=True).fault
        if front:
            entry = _noted(exchange, front.kind)
            if not exchange.later.wait(front.ms):
                return hung_up()
        try:
            asked = _admitted(exchange, answer)
        except RequestRefused as refused:
            if entry is not None:
                entry |= {"refused": refused.code, "ended_at": time.time()}
            return _refused(exchange, refused)
        asked = replace(asked, entry=entry or _noted(exchange))
        response = played(asked, exchange.faults.strike(_asked()))
        if asked.entry is not None:
            asked.entry["answered_at"] = time.time()
        return response

    return view


def _admitted(exchange: Exchange, answer: Answer) -> Private:
    """The request, once it has passed the exchange's checks. Raises RequestRefused."""
    exchange.check_address(request.remote_addr or "")
    mine = authorized(exchange, request)
    exchange.check_limit(mine.settings.key, _endpoint())
    return Private(exchange, mine, _ask(), answer, request.headers["ACCESS-TIMESTAMP"])


def _refused(exchange: Exchange, refused: RequestRefused) -> Response:
    return envelope(refused, exchange.now_ms(), 429 if refused.code == "429" else None)


def _noted(exchange: Exchange, fault: str | None = None) -> Entry | None:
    """The journal's new entry for a POST."""
    if request.method == "GET":
        return None
    account, signed_at = request.headers.get("ACCESS-KEY", ""), request.headers.get("ACCESS-TIMESTAMP")
    facts = {"account": account, "endpoint": _endpoint(), "path": request.path, "timestamp": signed_at}
    return exchange.note(**facts, body=_ask(), fault=fault)


def _ask() -> Any:
    return request.args if request.method == "GET" else request.get_json(silent=True) or {}


def _asked() -> Asked:
    account, symbol = request.headers.get("ACCESS-KEY", ""), str(_ask().get("symbol", "")).upper()
    return Asked(_endpoint(), request.method == "GET", account, symbol)


def _endpoint() -> str:
    return request.path.rpartition("/")[2]
