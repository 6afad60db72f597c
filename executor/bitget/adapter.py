"""The adapter beneath requests: it separates "never sent" from "maybe sent", and bounds an answer's size and time.

Connecting is the step before which nothing has left: what fails there raises NeverSent. A connection that was idle for
long is not used again, nor one that holds more than the answer which was read from it.
"""

import http.client
import io
import ssl
import time
from contextlib import suppress
from socket import SHUT_RDWR, socket
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, InvalidHeader

from executor.bitget.errors import MaybeSent, NeverSent

POOL_SIZE = 96  # an account's 72 lane threads, 11 connections opened ahead, the watch and the upkeep
MAX_IDLE_SECONDS = 50.0  # below the minute after which common front ends hang up
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # with its head; http.client takes 100 headers of 64 KiB
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Dated(bytes):
    """A body whose first byte is not sent later than `latest` (time.monotonic() seconds)."""

    latest: float

    def __new__(cls, content: bytes, latest: float) -> Self:
        dated = super().__new__(cls, content)
        dated.latest = latest
        return dated


class _BoundedAnswer(io.RawIOBase):
    """The bytes of one answer. The socket's time limit applies to all of them together."""

    def __init__(self, sock: socket, pieces: io.RawIOBase) -> None:
        self._sock, self._pieces = sock, pieces
        self._most_seconds = sock.gettimeout() or 0.0
        self._until = time.monotonic() + self._most_seconds
        self._bytes_left = MAX_ANSWER_BYTES
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises MaybeSent, or what the network does."""
        if self._ended:
            return 0
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._late()
        self._sock.settimeout(left)
        try:
            count = self._pieces.readinto(buffer) or 0
        except TimeoutError:
            raise self._late() from None
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise MaybeSent(f"the answer is longer than {MAX_ANSWER_BYTES} bytes", answered=True)
        return count

    @property
    def has_begun(self) -> bool:
        return self._bytes_left < MAX_ANSWER_BYTES

    def end(self) -> None:
        """The answer is complete, or given up: nothing more is read."""
        self._ended = True

    def hang_up(self) -> None:
        with suppress(OSError):  # it is closed already
            self._sock.shutdown(SHUT_RDWR)

    def close(self) -> None:
        self._pieces.close()
        super().close()

    def _late(self) -> MaybeSent:
        what = "the answer was not complete" if self.has_begun else "no answer"
        return MaybeSent(f"{what} after {self._most_seconds:g} s", answered=self.has_begun)


class _AnswerFile(io.BufferedReader):
    """What http.client reads an answer from, and closes when it is whole."""

    def __init__(self, bounded: _BoundedAnswer) -> None:
        super().__init__(bounded)
        self._bounded = bounded

    def close(self) -> None:
        """Bytes after the answer would be taken for the next one: then the connection cannot be used again."""
        if not self.closed:
            self._bounded.end()
            if self.peek():
                self._bounded.hang_up()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **keywords: Any) -> None:
        super().__init__(sock, *args, **keywords)
        self._bounded = _BoundedAnswer(sock, self.fp.detach())
        self.fp = _AnswerFile(self._bounded)

    def begin(self) -> None:
        """Raises MaybeSent for a head that began to come and cannot be read, or what http.client does."""
        try:
            super().begin()
        except (http.client.HTTPException, OSError, ValueError) as error:
            if self._bounded.has_begun:
                raise MaybeSent(f"the answer cannot be read: {root_cause(error)}", answered=True) from None
            raise


class _Connection(HTTPConnection):
    response_class = _Response
    _used_at = 0.0  # time.monotonic()

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
            why = f"no connection to {self.host}:{self.port}: {root_cause(error)}"
            if self.host in LOOPBACK and "ConnectionRefused" in why:
                why += "; nothing listens there: the simulator is started with `executor simulator`"
            raise NeverSent(why) from error

    def request(self, method: str, url: str, body: Any = None, *args: Any, **keywords: Any) -> None:
        """Connects first, and then looks whether the body may still be sent. Raises NeverSent."""
        if self.sock is None:
            self.connect()
        if isinstance(body, Dated) and time.monotonic() > body.latest:
            raise NeverSent("connecting took so long that what the order was decided from is too old")
        self._used_at = time.monotonic()
        super().request(method, url, body, *args, **keywords)

    def getresponse(self) -> Any:
        try:
            return super().getresponse()
        except InvalidHeader as error:
            raise MaybeSent(f"the answer cannot be read: {error}", answered=True) from None

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._used_at < MAX_IDLE_SECONDS and super().is_connected


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS, whose handshake belongs to connecting."""

    @property
    def is_connected(self) -> bool:
        has_more = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0
        return not has_more and super().is_connected


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """Each request is tried once. Raises NeverSent or MaybeSent besides what requests raises."""

    def __init__(self) -> None:
        self._closed = False
        super().__init__(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **settings: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=_tls(), **settings)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send(self, *args: Any, **keywords: Any) -> Any:
        if self._closed:
            raise NeverSent("the connections are closed: the account has changed, or the executor is shutting down")
        return super().send(*args, **keywords)

    def close(self) -> None:
        self._closed = True
        super().close()


def _tls() -> ssl.SSLContext:
    """As ssl and urllib3 make one, but without SSLKEYLOGFILE, which writes each session's keys to a file.
    The certificate authorities come from requests.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # certificates and names are verified
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    return context


def root_cause(error: BaseException) -> str:
    """The innermost cause in words."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
