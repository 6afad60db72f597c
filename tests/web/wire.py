"""HTTP as no library would send it: bytes on a socket."""

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
