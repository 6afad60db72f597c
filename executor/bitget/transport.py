"""One HTTP round trip over kept connections, which tells "never sent" from "maybe sent" when it fails.

A requests HTTPAdapter without its Session: no retry, redirect, cookie, proxy or netrc can come in, and it takes half
the time.
"""

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from socket import socket
from threading import BrokenBarrierError
from typing import Any, NamedTuple

from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ClosedPoolError, HTTPError
from urllib3.util.wait import wait_for_read

from executor.errors import ExecutorError

POOL_SIZE = 48  # 16 order threads, 11 connections being opened ahead, the watch, and the reads beside them
MAX_IDLE_SECONDS = 50.0  # below the minute that common front ends wait, so that none hangs up just as we send
TOGETHER_SECONDS = 1.0  # for the threads that open connections ahead to wait for each other
MAX_REPLY_BYTES = 4 * 1024 * 1024
READ_SIZE = 64 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_RETRY_AFTER_SECONDS = 300


class NeverSent(ExecutorError):
    """No byte of the request can have left: there was no connection to send it on."""


class MaybeSent(ExecutorError):
    """The request may have arrived, and no whole answer to it came back."""


class Reply(NamedTuple):
    """What came back. `asked_at` and `answered_at` are `time.monotonic()` seconds."""

    status: int
    body: bytes
    retry_after: timedelta | None
    asked_at: float
    answered_at: float


@dataclass(frozen=True, slots=True)
class Departing:
    """A request of which only the bytes are left to be sent."""

    sock: socket
    content: bytes = field(repr=False)  # with the credentials in its headers

    def send(self) -> None:
        self.sock.sendall(self.content)

    def wait_for_answer(self, most_seconds: float) -> None:
        """Block until an answer begins to come, or the other side hangs up. Reads nothing."""
        wait_for_read(self.sock, most_seconds)


LetGo = Callable[[Departing], bool]


def at_once(departing: Departing) -> bool:
    departing.send()
    return True


_let_go: ContextVar[LetGo] = ContextVar("let_go", default=at_once)  # of the request under way


class _Kept(HTTPConnection):
    """A connection whose failure to connect is told apart, whose requests leave in one piece and once they are let go,
    and that is not used again after a long idle time.
    """

    _used_at = 0.0
    _pieces: list[bytes]
    putheader = http.client.HTTPConnection.putheader  # urllib3's looks through each for a mark that we never set

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
            why = f"no connection to {self.host}:{self.port}: {_root(error)}"
            if self.host in LOOPBACK and "ConnectionRefused" in why:
                why += "; nothing listens there: the simulator is started with `executor simulator`"
            raise NeverSent(why) from error

    def request(self, *args: Any, **keywords: Any) -> None:
        self._used_at, self._pieces = time.monotonic(), []
        super().request(*args, **keywords)
        if not self.sock:
            self.connect()
        whole = b"".join(self._pieces)  # in two pieces, other threads would run before the second
        if not _let_go.get()(Departing(self.sock, whole)):
            raise NeverSent("it was held back: its alert was not written down in time")

    def send(self, data: Any) -> None:
        self._pieces.append(data)

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._used_at < MAX_IDLE_SECONDS and super().is_connected


class _KeptSecure(_Kept, HTTPSConnection):
    """The same over TLS, where the handshake belongs to connecting."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Kept


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _KeptSecure


class _Adapter(HTTPAdapter):
    """All requests go to one place, so its pool is looked up once; and of an answer nobody asks for cookies."""

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=POOL_SIZE)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        self._pool: Any = None

    def get_connection_with_tls_context(self, *args: Any, **keywords: Any) -> Any:
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **keywords)
        return self._pool

    def close(self) -> None:
        super().close()
        if self._pool:
            self._pool.close()

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        response = Response()
        response.request, response.status_code, response.raw = req, resp.status, resp
        return response


class Transport:
    """Thread-safe. `base_url` may have a path of its own, as a proxy's has: it is not part of what is signed."""

    def __init__(self, base_url: str, connect_timeout_seconds: float, read_timeout_seconds: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = (connect_timeout_seconds, read_timeout_seconds)
        self._adapter = _Adapter()

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        let_go: LetGo = at_once,
    ) -> Reply:
        """Raises NeverSent or MaybeSent; whatever status comes back is a Reply.

        `let_go` is called when only the bytes are left to be sent: True once they have been, by whatever thread, False
        if they never will be.
        """
        request = PreparedRequest()
        request.method, request.url, request.body = method, self._base_url + target, body
        length = {} if body is None else {"Content-Length": str(len(body))}
        request.headers = {**headers, **length}  # type: ignore[assignment]  # one that ignores case is slow, and not needed
        asked_at = time.monotonic()
        before = _let_go.set(let_go)
        try:
            response = self._adapter.send(request, stream=True, timeout=self._timeout)
            content = self._content(response)
        except (RequestException, HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise _failure(error, time.monotonic() - asked_at) from None  # its traceback would show the headers
        finally:
            _let_go.reset(before)
        return Reply(response.status_code, content, _retry_after(response), asked_at, time.monotonic())

    def warm(self, connections: int, ask: Callable[[], object]) -> None:
        """Call `ask` so often at once that about that many connections are open afterwards. Raises what it raises."""
        together, failures = threading.Barrier(connections), list[ExecutorError]()

        def one() -> None:
            with suppress(BrokenBarrierError):  # not all of them could start: the process is about to end
                together.wait(TOGETHER_SECONDS)
            try:
                ask()
            except ExecutorError as error:
                failures.append(error)

        threads = [threading.Thread(target=one, name="warm", daemon=True) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def close(self) -> None:
        self._adapter.close()

    def _content(self, response: Response) -> bytes:
        """The body, bounded in size and time. A connection whose answer was not read to its end is closed."""
        deadline = time.monotonic() + self._timeout[1]
        content = bytearray()
        try:
            while piece := response.raw.read1(READ_SIZE, decode_content=True):
                content += piece
                if len(content) > MAX_REPLY_BYTES:
                    raise MaybeSent(f"the answer is longer than {MAX_REPLY_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise MaybeSent(f"the answer was not complete after {self._timeout[1]:g} s")
        finally:
            response.raw.close()
        return bytes(content)


def _failure(error: Exception, after_seconds: float) -> ExecutorError:
    root = _root(error)
    if isinstance(error.args[0] if error.args else None, ClosedPoolError):
        return NeverSent("the connections are closed: the executor is shutting down")
    if isinstance(error, InvalidURL):
        return NeverSent(f"base_url cannot be used: {root}")
    return MaybeSent(f"no answer {after_seconds:.1f} s after the request may have left: {root}")


def _root(error: BaseException) -> str:
    """The innermost cause in words."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _retry_after(response: Response) -> timedelta | None:
    """The header Retry-After in seconds; Bitget documents none, but what stands in front of it may send one."""
    seconds = response.raw.headers.get("Retry-After", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        return None
    return timedelta(seconds=min(int(seconds), MAX_RETRY_AFTER_SECONDS))
