"""Plays the faults: what strikes a request takes the place of its answer, puts it off or changes it."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

from flask import Response, request

from executor.simulator.envelope import envelope, shaded
from executor.simulator.exchange import Exchange
from executor.simulator.execution import Private, Public
from executor.simulator.faults import Fault, Strike
from executor.simulator.refusal import RequestRefused


def played(asked: Public | Private, strike: Strike) -> Response:
    """The answer to a request that these faults strike."""
    return shaded(_answer(asked, strike.fault, strike.ms("stale")), strike, asked.ask)


def _answer(asked: Public | Private, fault: Fault | None, lag_ms: int) -> Response:
    if fault is None:
        return asked.run(lag_ms)
    if isinstance(asked, Private):
        if asked.entry is not None:
            asked.entry.update(fault=fault.kind, http=fault.http, code=fault.code)
        if fault.kind in ("live", "live-then-canceled"):
            return asked.accept(fault.ms, runs=fault.kind == "live")
        if fault.kind.endswith("-then-runs"):
            asked.exchange.later.after(fault.ms, asked.run_unchecked)
    if fault.kind == "late":
        asked.exchange.later.after(fault.ms, asked.run)
    if fault.kind == "delay":
        return asked.run(lag_ms) if asked.exchange.later.wait(fault.ms) else hung_up()
    if fault.runs:
        asked.run(lag_ms)
    return _disturbed(asked.exchange, fault)


def _disturbed(exchange: Exchange, fault: Fault) -> Response:
    """The answer that a fault puts in the place of the real one."""
    kind = fault.kind.removesuffix("-after").removesuffix("-then-runs")
    match kind:
        case "status":
            return envelope(RequestRefused(fault.code, "service error"), exchange.now_ms(), fault.http)
        case "code":
            return envelope(RequestRefused(fault.code, "error"), exchange.now_ms(), 400 if fault.kind == kind else 200)
        case "429":
            return envelope(RequestRefused("429", "Too Many Requests"), exchange.now_ms(), 429)
        case "garbage":
            return Response("<html><body>502 Bad Gateway</body></html>", 200, content_type="text/html")
        case "empty":
            return Response("", 200)
        case _:
            return hung_up(reset=kind.startswith("reset"))


def hung_up(*, reset: bool = False) -> Response:
    """End the connection so that no byte of an answer leaves: with a FIN, or with an RST once it is closed."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    with suppress(OSError):  # the client has gone already
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.shutdown(socket.SHUT_RD)
        else:
            connection.shutdown(socket.SHUT_RDWR)
    return Response(_nothing_more())


def _nothing_more() -> Iterator[bytes]:
    """A body that breaks off before the head is written."""
    raise ConnectionAbortedError("hung up on purpose")
    yield b""
