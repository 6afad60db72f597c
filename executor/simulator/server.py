"""The simulator's HTTP face: Bitget's paths and envelope, with whatever faults are switched on in between."""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from threading import Timer
from typing import Any

from flask import Flask, Response, request

from executor.simulator.authorization import authorized, check_age
from executor.simulator.control import control
from executor.simulator.endpoints import GET, POST, PUBLIC
from executor.simulator.exchange import Exchange
from executor.simulator.faults import Fault
from executor.simulator.market import Account, Refused

Run = Callable[[], Response]


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
    app.register_error_handler(404, lambda _: envelope(Refused("40404", "Request URL NOT FOUND"), exchange, 404))
    return app


def envelope(data: Any, exchange: Exchange, status: int | None = None) -> Response:
    """Bitget's answer around data, or around a refusal: `code`, `msg`, `requestTime` and `data`."""
    refused = isinstance(data, Refused)
    body = {
        "code": data.code if refused else "00000",
        "msg": data.message if refused else "success",
        "requestTime": exchange.now_ms(),
        "data": None if refused else data,
    }
    return Response(json.dumps(body), status or (400 if refused else 200), content_type="application/json")


def _public(exchange: Exchange, answer: Callable[..., Any]) -> Callable[[], Response]:
    def view() -> Response:
        def run() -> Response:
            try:
                return envelope(answer(exchange, request.args), exchange)
            except Refused as refused:
                return envelope(refused, exchange)

        return _with_faults(exchange, run, None)

    return view


def _private(exchange: Exchange, answer: Callable[..., Any]) -> Callable[[], Response]:
    def view() -> Response:
        try:
            mine = authorized(exchange, request)
        except Refused as refused:
            return envelope(refused, exchange)
        with exchange.lock:
            free = exchange.within_limit(mine.settings.key, _endpoint())
        if not free:
            return envelope(Refused("429", "Too Many Requests"), exchange, 429)
        ask = request.args if request.method == "GET" else request.get_json(silent=True) or {}
        timestamp = request.headers["ACCESS-TIMESTAMP"]
        entry = None if request.method == "GET" else _noted(exchange, mine, ask)

        def run() -> Response:
            return _carried_out(exchange, mine, ask, answer, entry, timestamp)

        return _with_faults(exchange, run, entry)

    return view


def _noted(exchange: Exchange, mine: Account, ask: Any) -> dict[str, Any]:
    account = mine.settings.key
    return exchange.note(account=account, endpoint=_endpoint(), path=request.path, body=ask, fault=None)


def _carried_out(
    exchange: Exchange,
    mine: Account,
    ask: Any,
    answer: Callable[..., Any],
    entry: dict[str, Any] | None,
    timestamp: str,
) -> Response:
    with exchange.lock:
        symbol = str(ask.get("symbol", "")).upper()
        before = mine.sizes(symbol)
        try:
            check_age(exchange, timestamp)
            found = answer(exchange, mine, ask)
        except Refused as refused:
            _note(entry, mine.sizes(symbol) != before, before, mine.sizes(symbol), refused=refused.code)
            return envelope(refused, exchange)
        _note(entry, True, before, mine.sizes(symbol))
        return envelope(found, exchange)


def _note(entry: dict[str, Any] | None, executed: bool, before: Any, after: Any, **more: str) -> None:
    """Complete a POST's entry in the journal."""
    if entry is not None:
        entry |= more
        if executed:
            entry |= {"executed": True, "executed_at": time.time(), "before": before, "after": after}


def _endpoint() -> str:
    return request.path.rpartition("/")[2]


def _with_faults(exchange: Exchange, run: Run, entry: dict[str, Any] | None) -> Response:
    fault = exchange.faults.strike(_endpoint())
    if fault is None:
        return run()
    if entry is not None:
        entry["fault"] = fault.kind
    if fault.kind == "late":
        Timer(fault.ms / 1000, run).start()
    if fault.kind == "delay":
        time.sleep(fault.ms / 1000)
    ran = run() if fault.runs else None
    return ran if ran is not None and fault.kind == "delay" else _disturbed(exchange, fault)


def _disturbed(exchange: Exchange, fault: Fault) -> Response:
    """The answer that a fault puts in the place of the real one."""
    kind = fault.kind.removesuffix("-after")
    match kind:
        case "status":
            return envelope(Refused(fault.code, "service error"), exchange, fault.http)
        case "code":
            return envelope(Refused(fault.code, "error"), exchange, 400 if fault.kind == kind else 200)
        case "429":
            return envelope(Refused("429", "Too Many Requests"), exchange, 429)
        case "garbage":
            return Response("<html><body>502 Bad Gateway</body></html>", 200, content_type="text/html")
        case "empty":
            return Response("", 200)
        case _:
            _hang_up(request.environ["werkzeug.socket"], reset=kind.startswith("reset"))
            return Response(_nothing_more())


def _hang_up(connection: socket.socket, *, reset: bool) -> None:
    """End the connection so that no byte of an answer leaves: with a FIN, or with an RST once it is closed."""
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    else:
        connection.shutdown(socket.SHUT_RDWR)


def _nothing_more() -> Iterator[bytes]:
    """A body that breaks off before the head is written."""
    raise ConnectionAbortedError("hung up on purpose")
    yield b""
