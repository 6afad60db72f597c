"""HTTP as no library would send it: bytes on a socket."""

import json
import re
import socket
import time
from dataclasses import dataclass

_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """What a server answered until it closed the connection: the status of every answer, and in how many seconds."""

    statuses: list[int]
    seconds: float
    raw: bytes


def say(url, payload):
    """Send the payload, then nothing more, and listen until the server closes."""
    host, port = url.removeprefix("http://").split(":")
    started, raw = time.monotonic(), b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        try:
            connection.sendall(payload)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # the server has heard enough
            pass
        try:
            while some := connection.recv(65536):
                raw += some
        except ConnectionResetError:  # it closed before it had read everything
            pass
    return Said([int(status) for status in _STATUS.findall(raw)], time.monotonic() - started, raw)


def http(body, *headers, line="POST /hook/tradingview HTTP/1.1", length=True):
    """A request with these header lines, and a right Content-Length unless told otherwise."""
    lines = [line, "Host: executor.example.com", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunks(*parts, end=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def chunked(body, *headers, **keys):
    return http(body, "Transfer-Encoding: chunked", *headers, length=False, **keys)


def connect(served):
    connection = socket.create_connection(served.address, 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def request(served, body=None, *headers, length=None):
    """The bytes of an alert's request; `length` is what Content-Length says, if not the truth."""
    body = json.dumps(served.alert("long")) if body is None else body
    head = ["POST /hook/tradingview HTTP/1.1", "Host: executor", f"Content-Length: {length or len(body)}", *headers]
    return "\r\n".join([*head, "", body]).encode()


def answer(connection):
    """All that the server says until it closes, or "" if it breaks the connection without a word."""
    said = b""
    try:
        while piece := connection.recv(4096):
            said += piece
    except ConnectionResetError:
        pass
    return said.decode()
