"""An HTTP answer, read whole, and within bounds of bytes and of time."""

import http.client
import io
import time
from socket import socket
from types import FunctionType
from typing import Any, BinaryIO, NoReturn

from executor.bitget.departing import MaybeSent

MAX_HEAD_BYTES = 64 * 1024
MAX_REPLY_BYTES = 4 * 1024 * 1024
READ_SIZE = 64 * 1024


class _Coming(io.RawIOBase):
    """What comes over a socket within so many seconds, as a file for http.client. Closing it leaves the socket open."""

    def __init__(self, sock: socket, most_seconds: float) -> None:
        self._sock, self._most_seconds, self._until = sock, most_seconds, time.monotonic() + most_seconds
        self._begun = self.ended = self.has_more = False

    def makefile(self, _mode: str) -> "_File":
        return _File(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises TimeoutError, MaybeSent if a part of the answer has come, or what the network does."""
        if self.ended:
            return 0
        left = self._until - time.monotonic()
        if left <= 0:
            self._give_up()
        self._sock.settimeout(left)
        try:
            count = self._sock.recv_into(buffer)
        except TimeoutError:
            self._give_up()
        self._begun = True
        return count

    def _give_up(self) -> NoReturn:
        if self._begun:
            raise MaybeSent(f"the answer was not complete after {self._most_seconds:g} s")
        raise TimeoutError("timed out")


class _File(io.BufferedReader):
    """What http.client reads, and closes when the answer is whole."""

    def __init__(self, coming: _Coming) -> None:
        super().__init__(coming)
        self._coming = coming

    def close(self) -> None:
        if not self.closed:
            self._coming.ended = True  # so that the look at what is left waits for nothing
            self._coming.has_more = bool(self.peek())
        super().close()


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
    """To be read within `most_seconds`. `content` is the whole body, as it came: no coding of it was asked for."""

    content = b""
    begin = _rebound(http.client.HTTPResponse.begin, parse_headers=_read_headers)

    def __init__(self, sock: socket, method: str, most_seconds: float) -> None:
        self._coming = _Coming(sock, most_seconds)
        super().__init__(self._coming, method=method)  # type: ignore[arg-type]  # it makes a file of it

    @property
    def has_more(self) -> bool:
        """Whether something has been read that follows the answer."""
        return self._coming.has_more

    def read_whole(self) -> None:
        """Raises MaybeSent, or what the network does; then more of it may follow on the connection."""
        if self.status < 200:
            raise MaybeSent(f"the answer is HTTP {self.status}, which only announces one")
        if (coding := self.headers.get("content-encoding", "identity").lower()) != "identity":
            raise MaybeSent(f"the answer is in {coding[:20]!r}, unasked: what stands before the exchange?")
        content = bytearray()
        while piece := self.read1(READ_SIZE):
            content += piece
            if len(content) > MAX_REPLY_BYTES:
                raise MaybeSent(f"the answer is longer than {MAX_REPLY_BYTES} bytes")
        if self.length:
            raise MaybeSent(f"the answer ended {self.length} bytes before its end")
        self.content = bytes(content)
