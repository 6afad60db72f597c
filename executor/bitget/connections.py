"""Kept connections: one request and its whole answer on each at a time, and nothing is ever repeated.

requests and urllib3 open them, make them secure and keep them. What goes over them is written and read here: their own
way leads through retries, redirects, encodings and headers read as an email's, which took a tenth of all CPU.
"""

import http.client
import ssl
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, Full
from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from executor.bitget.departing import Departing, NeverSent, current_let_go
from executor.bitget.http_answer import Answer

POOL_SIZE = 96  # an account's 72 order threads, 11 connections being opened ahead, the watch, and the upkeep
MAX_IDLE_SECONDS = 50.0  # below the minute that common front ends wait, so that none hangs up just as we send
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Kept(HTTPConnection):
    """Its failure to connect is told apart; its requests leave in one piece, once they are let go; and it is not used
    again after a long idle time.
    """

    _used_at = 0.0

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
            why = f"no connection to {self.host}:{self.port}: {root_cause(error)}"
            if self.host in LOOPBACK and "ConnectionRefused" in why:
                why += "; nothing listens there: the simulator is started with `executor simulator`"
            raise NeverSent(why) from error

    def exchange(self, method: str, content: bytes, connect_seconds: float, read_seconds: float) -> Answer:
        """Send the request and read its answer. Raises NeverSent, MaybeSent, or what the network does."""
        self._used_at, self.timeout = time.monotonic(), connect_seconds
        if not self.sock:
            self.connect()
        self.sock.settimeout(connect_seconds)
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it hung up
            if not current_let_go.get()(Departing(self.sock, content)):
                raise NeverSent("it was held back: its alert was not written down in time")
        answer = Answer(self.sock, method, read_seconds)
        try:
            answer.begin()
            answer.read_whole()
        finally:
            answer.close()
        if answer.will_close or answer.has_more or self._has_more():
            self.close()
        return answer

    def _has_more(self) -> bool:
        """Whether something follows the answer, where `is_connected` does not see it."""
        return False

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._used_at < MAX_IDLE_SECONDS and super().is_connected


class _KeptSecure(_Kept, HTTPSConnection):
    """The same over TLS, where the handshake belongs to connecting."""

    def _has_more(self) -> bool:
        return bool(self.sock.pending())  # type: ignore[union-attr]  # it is an SSLSocket


class _Stack(deque[Any]):
    """What a pool without waiting threads uses of queue.LifoQueue: without its lock and its conditions."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def get(self, **_: Any) -> Any:
        try:
            return self.pop()
        except IndexError:
            raise Empty from None

    def put(self, item: Any, **_: Any) -> None:
        if len(self) >= self._most:
            raise Full
        self.append(item)

    qsize = deque.__len__


class _OneTry(HTTPConnectionPool):
    QueueCls = _Stack  # type: ignore[assignment]  # see there

    def urlopen(  # type: ignore[override]  # of what urllib3 offers, requests is given just what is used here
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: Timeout,
        **_: Any,
    ) -> Answer:
        """A connection whose answer was not read to its end is closed."""
        content = _written(method, url, headers, body)
        connection: Any = self._get_conn()
        done = False
        try:
            answer: Answer = connection.exchange(method, content, timeout.connect_timeout, timeout.read_timeout)
            done = True
        finally:
            if not done:
                connection.close()
            self._put_conn(connection)
        return answer


class _Pool(_OneTry):
    ConnectionCls = _Kept


class _SecurePool(_OneTry, HTTPSConnectionPool):
    ConnectionCls = _KeptSecure


class Adapter(HTTPAdapter):
    """All requests go to one `origin` (scheme://host:port), so its pool is looked up once; `send` returns an Answer."""

    def __init__(self, origin: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=POOL_SIZE)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        self._origin = origin
        self._pool: Any = None

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **settings: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=_tls(), **settings)

    def get_connection_with_tls_context(self, *args: Any, **keywords: Any) -> Any:
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **keywords)
        return self._pool

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        return (request.url or "").removeprefix(self._origin)

    def build_response(self, req: PreparedRequest, resp: Any) -> Any:
        return resp

    def close(self) -> None:
        super().close()
        if self._pool:
            self._pool.close()


def _tls() -> ssl.SSLContext:
    """As ssl and urllib3 make theirs, but that these write each session's keys to the file which SSLKEYLOGFILE names.
    The authorities come from requests.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # certificates and names are verified
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    return context


def _written(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """Raises NeverSent if a header or the address cannot be written as what it is."""
    lines = [f"{method} {url} HTTP/1.1", *[f"{name}: {value}" for name, value in headers.items()], "", ""]
    head = "\r\n".join(lines)
    if not (head.isascii() and all(map(str.isprintable, lines))) or " " in url:
        raise NeverSent(f"{url!r} or a header holds a character that cannot be sent")
    return head.encode() + (body or b"")


def root_cause(error: BaseException) -> str:
    """The innermost cause in words."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
