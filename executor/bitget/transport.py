"""One HTTP round trip over kept connections, which tells "never sent" from "maybe sent" when it fails.

A requests HTTPAdapter without its Session: no retry, redirect, cookie, proxy or netrc can come in, and it takes half
the time.
"""

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from threading import BrokenBarrierError
from typing import NamedTuple
from urllib.parse import urlsplit

from requests import PreparedRequest, RequestException
from requests.exceptions import InvalidURL
from requests.utils import default_user_agent
from urllib3 import Timeout
from urllib3.exceptions import ClosedPoolError, HTTPError

from executor.bitget.connections import Adapter, root_cause
from executor.bitget.departing import LetGo, MaybeSent, NeverSent, at_once, current_let_go
from executor.bitget.http_answer import Answer
from executor.errors import ExecutorError

TOGETHER_SECONDS = 1.0  # for the threads that open connections ahead to wait for each other
MAX_RETRY_AFTER_SECONDS = 300


class Reply(NamedTuple):
    """What came back. `asked_at` and `answered_at` are `time.monotonic()` seconds."""

    status: int
    body: bytes
    retry_after: timedelta | None
    asked_at: float
    answered_at: float


class Transport:
    """Thread-safe. `base_url` may have a path of its own, as a proxy's has: it is not part of what is signed."""

    def __init__(self, base_url: str, connect_timeout_seconds: float, read_timeout_seconds: float) -> None:
        self._base_url = base_url.rstrip("/")
        parts = urlsplit(self._base_url)
        self._adapter = Adapter(self._base_url[: len(parts.scheme + "://" + parts.netloc)])
        self._timeout = Timeout(connect=connect_timeout_seconds, read=read_timeout_seconds)
        self._headers = {
            "Host": parts.netloc,
            "Accept-Encoding": "identity",
            "User-Agent": default_user_agent(),
        }

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
        request.headers = {**self._headers, **headers, **length}  # type: ignore[assignment]  # one that ignores case is slow, and not needed
        asked_at = time.monotonic()
        before = current_let_go.set(let_go)
        try:
            answer: Answer = self._adapter.send(request, timeout=self._timeout)  # type: ignore[arg-type, assignment]  # as it says itself, and see build_response
        except (RequestException, HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise _failure(error, time.monotonic() - asked_at) from None  # its traceback would show the headers
        finally:
            current_let_go.reset(before)
        return Reply(answer.status, answer.content, _retry_after(answer), asked_at, time.monotonic())

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


def _failure(error: Exception, after_seconds: float) -> ExecutorError:
    root = root_cause(error)
    if isinstance(error.args[0] if error.args else None, ClosedPoolError):
        return NeverSent("the connections are closed: the executor is shutting down")
    if isinstance(error, InvalidURL):
        return NeverSent(f"base_url cannot be used: {root}")
    return MaybeSent(f"no answer {after_seconds:.1f} s after the request may have left: {root}")


def _retry_after(answer: Answer) -> timedelta | None:
    """The header Retry-After in seconds; Bitget documents none, but what stands in front of it may send one."""
    seconds = answer.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        return None
    return timedelta(seconds=min(int(seconds), MAX_RETRY_AFTER_SECONDS))
