"""An HTTP answer, read whole and within bounds."""

import http.client
import time
from types import FunctionType
from typing import Any, BinaryIO

from executor.bitget.departing import MaybeSent

MAX_HEAD_BYTES = 64 * 1024
MAX_REPLY_BYTES = 4 * 1024 * 1024
READ_SIZE = 64 * 1024


def _read_headers(file: BinaryIO, **_bounds: Any) -> dict[str, str]:
    """Name in small letters → value; of several with one name the first. http.client's own reads them as an email's, in
    seventy calls.
    """
    headers, left = dict[str, str](), MAX_HEAD_BYTES
    while (line := file.readline(left)) not in (b"\r\n", b"\n", b""):
        left -= len(line)
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.lower(), value.strip()
        if headers.setdefault(name, value) != value and name in ("content-length", "transfer-encoding"):
            raise MaybeSent(f"the answer names two different {name}: {headers[name][:20]!r} and {value[:20]!r}")
    if left <= 0:
        raise MaybeSent(f"the answer's headers are longer than {MAX_HEAD_BYTES} bytes")
    return headers


def _rebound(function: Any, **names: Any) -> Any:
    """The same function, for which these names of its module mean something else."""
    code, defaults = function.__code__, function.__defaults__
    same = FunctionType(code, function.__globals__ | names, function.__name__, defaults, function.__closure__)
    same.__kwdefaults__ = function.__kwdefaults__
    return same


class Answer(http.client.HTTPResponse):
    """`content` is the whole body, as it came: no coding of it was asked for."""

    content = b""
    begin = _rebound(http.client.HTTPResponse.begin, parse_headers=_read_headers)

    def read_whole(self, most_seconds: float) -> None:
        """Raises MaybeSent, or what the network does; then more of it may follow on the connection."""
        if self.status < 200:
            raise MaybeSent(f"the answer is HTTP {self.status}, which only announces one")
        if (coding := self.headers.get("content-encoding", "identity").lower()) != "identity":
            raise MaybeSent(f"the answer is in {coding[:20]!r}, unasked: what stands before the exchange?")
        deadline, content = time.monotonic() + most_seconds, bytearray()
        while piece := self.read1(READ_SIZE):
            content += piece
            if len(content) > MAX_REPLY_BYTES:
                raise MaybeSent(f"the answer is longer than {MAX_REPLY_BYTES} bytes")
            if time.monotonic() > deadline:
                raise MaybeSent(f"the answer was not complete after {most_seconds:g} s")
        if self.length:
            raise MaybeSent(f"the answer ended {self.length} bytes before its end")
        self.content = bytes(content)
