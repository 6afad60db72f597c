"""The frame of every answer: `{"code": "…", "msg": "…", "requestTime": …, "data": …}`.

The HTTP status is not reliable (400 with a code, 200 with a code and 500 with a code all occur), so the body is read at
every status and the code decides.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from executor.bitget.codes import CODES, Meaning
from executor.bitget.errors import MaybeSent, TooManyRequests
from executor.bitget.transport import Reply

TOO_MANY_REQUESTS = 429  # as an HTTP status and as a code
_decode = json.JSONDecoder(parse_float=Decimal).decode  # making one takes nearly as long as decoding


@dataclass(frozen=True, slots=True)
class Envelope:
    """A well-formed answer. `request_time_ms` is the server's clock, 0 if it is missing; numbers are Decimals."""

    status: int
    code: str
    message: str
    data: Any
    request_time_ms: int = 0
    retry_after: timedelta | None = None

    @property
    def meaning(self) -> Meaning | None:
        """What the code says, or None for one that is not known.

        A 5xx is in doubt with any code: a machine in trouble may have passed the request on.
        """
        return Meaning.IN_DOUBT if self.status >= 500 else CODES.get(self.code)

    @property
    def too_many_requests(self) -> bool:
        return self.code == str(TOO_MANY_REQUESTS) and self.status < 500


def unwrap(reply: Reply, redact: Callable[[str], str] = str) -> Envelope:
    """Raises MaybeSent for anything that is not Bitget's envelope: it says nothing about the request.

    `redact` takes credentials out of a text.
    """
    try:
        fields = _decode(reply.body.decode(json.detect_encoding(reply.body), "surrogatepass"))
    except (ValueError, RecursionError):
        fields = None
    code = fields.get("code") if isinstance(fields, Mapping) else None
    if isinstance(code, bool) or not isinstance(code, str | int):
        why = f"the answer was HTTP {reply.status} without Bitget's JSON: {_start(reply.body, redact)}"
        if reply.status == TOO_MANY_REQUESTS:
            raise TooManyRequests(why, reply.retry_after)
        raise MaybeSent(why, answered=True)
    return Envelope(
        status=reply.status,
        code=str(code),
        message=redact(str(fields.get("msg") or "")),
        data=fields.get("data"),
        request_time_ms=milliseconds(fields.get("requestTime")),
        retry_after=reply.retry_after,
    )


def milliseconds(value: object) -> int:
    """A time as the number or the text of one, both of which occur; 0 for anything else."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else 0


def _start(body: bytes, redact: Callable[[str], str]) -> str:
    return repr(redact(body[:4096].decode("utf-8", "replace"))[:80]) if body else "an empty body"
