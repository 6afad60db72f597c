"""Which secrets prove nothing, because anybody could guess them."""

import base64
import re

from executor.core.sender.signature import PREFIX, is_signing

SHORTEST = 16
SHORTEST_KEY_BYTES = 24  # Standard Webhooks, "Signature scheme"
FEWEST_DIFFERENT = 5
MAKE_ONE = "make one with: openssl rand -hex 16"
MAKE_KEY = f"make one with: echo {PREFIX}$(openssl rand -base64 32)"
_SAMPLES = (
    "YOUR_SECRET_HERE",
    "your-secret-goes-here",
    "your-webhook-secret",
    "your-random-secret",
    "replace-with-your-secret",
    "put-your-secret-here",
    "my-secret-passphrase",
    "my-webhook-secret",
    "my-super-secret-token",
    "super-secret-password",
    "this-is-a-secret",
    "a-long-random-string",
    "at-least-16-characters",
    "16-characters-or-more",
    "changeme-changeme",
    "changeme changeme changeme",
    "please-change-me",
    "change-me-please-now",
    "change-this-secret",
    "secretsecretsecret",
    "s3cret-s3cret-s3cret",
    "passwordpassword",
    "changeme",
    "password",
    "secret",
    "s3cret",
    "test",
    "tradingviewsecret",
    "tradingview-webhook-secret",
    "0123456789abcdef",
    "0123456789abcdef0123456789abcdef",
    "1234567890123456",
    "abcdefghijklmnop",
    "$(openssl rand -hex 16)",  # README's line, where no shell has read it
    "openssl rand -hex 16",
    "${ALERT_SECRET}",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # Standard Webhooks' own examples
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "whsec_plJ3nmyCDGBKInavdOK15jsl",
)


def _essence(secret: str) -> str:
    return re.sub(r"[^a-z0-9]", "", secret.lower())


SAMPLES = frozenset(map(_essence, _SAMPLES))


def weakness(secret: str, shortest: int = SHORTEST) -> str | None:
    """Why a secret is refused, as `it is …`, or None if it may serve."""
    if not secret.strip():
        return f"it is empty; {MAKE_ONE}"
    if _essence(secret) in SAMPLES:
        return f"it is a sample, known to everybody; {MAKE_ONE}"
    if is_signing(secret):
        return _weakness_of_key(secret)
    if len(secret) < shortest:
        return f"it is shorter than {shortest} characters; {MAKE_ONE}"
    if len(set(secret)) < FEWEST_DIFFERENT:
        return f"it repeats a few characters; {MAKE_ONE}"
    if secret != secret.strip() or not secret.isprintable():
        return f"it has spaces at an end, or characters that cannot be seen; {MAKE_ONE}"
    return None


def _weakness_of_key(secret: str) -> str | None:
    written = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
    except ValueError:
        return f"after {PREFIX} it is not base64; {MAKE_KEY}"
    if len(key) < SHORTEST_KEY_BYTES:
        return f"it signs with fewer than {SHORTEST_KEY_BYTES} bytes; {MAKE_KEY}"
    return f"it repeats a few bytes; {MAKE_KEY}" if len(set(key)) < FEWEST_DIFFERENT else None
