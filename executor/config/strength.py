"""Which secrets prove nothing, because anybody could guess them."""

import re

SHORTEST = 16
MAKE_ONE = "make one with: openssl rand -hex 16"
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
)


def _essence(secret: str) -> str:
    return re.sub(r"[^a-z0-9]", "", secret.lower())


SAMPLES = frozenset(map(_essence, _SAMPLES))


def weakness(secret: str) -> str | None:
    """Why a sender's secret is refused, as `it is …`, or None if it may serve."""
    if not secret.strip():
        return f"it is empty; {MAKE_ONE}"
    if _essence(secret) in SAMPLES:
        return f"it is a sample, known to everybody; {MAKE_ONE}"
    if len(secret) < SHORTEST:
        return f"it is shorter than {SHORTEST} characters; {MAKE_ONE}"
    if secret != secret.strip() or not secret.isprintable():
        return f"it has spaces at an end, or characters that cannot be seen; {MAKE_ONE}"
    return None
