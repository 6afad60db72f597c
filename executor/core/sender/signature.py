"""Signed requests as Standard Webhooks 1.0.0 describes them: `v1`, an HMAC over message id, time and raw body.

The library's own `verify` reads the clock and lets odd headers raise other exceptions, so only its `sign` is used.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

from executor.core.sender.model import Signed

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)  # how far the sender's clock and ours may differ
LONGEST_ID = 200
MOST_SIGNATURES = 20  # that are compared: one for each secret while it is being replaced
_SECONDS = re.compile(r"[0-9]{1,11}")
_NO_KEY = PREFIX + "A" * 32


def is_signing(secret: str) -> bool:
    """Whether the secret signs requests, and so is never shown in one."""
    return secret.startswith(PREFIX)


def signed_with(secrets: Sequence[str], signed: Signed, body: bytes, now: datetime) -> int | None:
    """Which of the secrets signed the request. As much is worked out for one that cannot sign."""
    at, text = _sent_at(signed), _text(body)
    if at is None or abs(now - at) > TOLERANCE or text is None or not _is_id(signed.message_id):
        return None
    shown = [signature.encode(errors="replace") for signature in signed.signatures.split()[:MOST_SIGNATURES]]
    signers = []
    for index, secret in enumerate(secrets):
        right = Webhook(secret if is_signing(secret) else _NO_KEY).sign(signed.message_id, at, text).encode()
        same = [hmac.compare_digest(right, other) for other in shown]
        if any(same) and is_signing(secret):
            signers.append(index)
    return min(signers, default=None)


def _sent_at(signed: Signed) -> datetime | None:
    if not _SECONDS.fullmatch(signed.timestamp):
        return None
    return datetime.fromtimestamp(int(signed.timestamp), UTC)


def _text(body: bytes) -> str | None:
    """The library signs text. A body that is not text cannot be decoded either."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _is_id(text: str) -> bool:
    """A full stop would let the start of a body pass for another id's end: the standard allows none."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and "." not in text
