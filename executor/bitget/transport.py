"""One HTTP round trip through a requests.Session, which fails as "never sent" or as "maybe sent"."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from threading import BrokenBarrierError
from typing import NamedTuple

from requests import ConnectionError as NoConnection
from requests import PreparedRequest, Request, RequestException, Response, Session
from requests.exceptions import InvalidSchema, InvalidURL
from urllib3.exceptions import ClosedPoolError, HTTPError

from executor.bitget.adapter import Adapter, root_cause
from executor.bitget.errors import MaybeSent, NeverSent
from executor.errors import ExecutorError

TOGETHER_SECONDS = 1.0  # for the threads that open connections ahead to wait for each other
MAX_RETRY_AFTER_SECONDS = 300
_TROUBLE = (RequestException, HTTPError, HTTPException, OSError, ValueError)


class Reply(NamedTuple):
    """What came back. `asked_at` and `answered_at` are `time.monotonic()` seconds."""

    status: int
    body: bytes
    retry_after: timedelta | None
    asked_at: float
    answered_at: float


class _Session(Session):
    def get_redirect_target(self, resp: Response) -> None:
        """None: requests would read the whole body, and undo its coding, to see where an answer leads to."""


class Transport:
    """Thread-safe. `base_url` may have a path of its own, as a proxy's has: it is not part of what is signed."""

    def __init__(self, base_url: str, connect_timeout_seconds: float, read_timeout_seconds: float) -> None:
        """`read_timeout_seconds` is for the whole answer."""
        self._base_url = base_url.rstrip("/")
        self._timeout = (connect_timeout_seconds, read_timeout_seconds)
        self._session = _Session()
        self._session.trust_env = False  # no proxy, authority or .netrc of the machine
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.headers["Accept-Encoding"] = "identity"
        adapter = Adapter()
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Raises NeverSent or MaybeSent; an answer with any status is a Reply."""
        request = self._prepared(Request(method, self._base_url + target, headers, data=body))
        asked_at = time.monotonic()
        try:
            response = self._session.send(request, timeout=self._timeout, allow_redirects=False, stream=True)
        except _TROUBLE as error:
            raise _failure(error, time.monotonic() - asked_at) from None  # its request holds the credentials
        with response:
            content = _content(response)
        return Reply(response.status_code, content, _retry_after(response), asked_at, time.monotonic())

    def _prepared(self, request: Request) -> PreparedRequest:
        try:
            return self._session.prepare_request(request)
        except InvalidURL as error:
            raise NeverSent(f"base_url cannot be used: {error}") from None
        except (RequestException, ValueError) as error:  # in words that may quote a header
            raise NeverSent(f"the request cannot be written: {type(error).__name__}") from None

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
        self._session.close()


def _content(response: Response) -> bytes:
    """The whole body. Raises MaybeSent."""
    if response.status_code < 200:
        raise MaybeSent(f"the answer is HTTP {response.status_code}, which only announces one", answered=True)
    coding = response.headers.get("Content-Encoding", "identity").lower()
    if coding != "identity":
        why = f"the answer is in {coding[:20]!r}, unasked: what stands before the exchange?"
        raise MaybeSent(why, answered=True)
    try:
        return response.content
    except _TROUBLE as error:
        raise MaybeSent(f"the answer cannot be read: {root_cause(error)}", answered=True) from None


def _failure(error: Exception, after_seconds: float) -> ExecutorError:
    if isinstance(error, InvalidURL | InvalidSchema):
        return NeverSent(f"base_url cannot be used: {root_cause(error)}")
    if isinstance(error, NoConnection) and error.args and isinstance(error.args[0], ClosedPoolError):
        return NeverSent("the connections are closed: the executor is shutting down")
    return MaybeSent(f"no answer {after_seconds:.1f} s after the request may have left: {root_cause(error)}")


def _retry_after(response: Response) -> timedelta | None:
    """The header Retry-After in seconds; Bitget documents none, but a proxy in front of it may send one."""
    seconds = response.headers.get("Retry-After", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        return None
    return timedelta(seconds=min(int(seconds), MAX_RETRY_AFTER_SECONDS))
