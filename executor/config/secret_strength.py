"""Which secrets are too weak: short, repeated, or published as samples."""

import base64
import re

from executor.core.sender.signature import PREFIX, is_signing

SHORTEST = 16
SHORTEST_KEY_BYTES = 24  # Standard Webhooks, "Signature scheme"
FEWEST_DIFFERENT = 5
MAKE_ONE = "make one with: openssl rand -hex 16"
MAKE_KEY = f"make one with: echo {PREFIX}$(openssl rand -base64 32)"
# What samples are made of. A secret is one if it consists of these only, in any case and with anything between them.
_WORDS = [
    "admin",
    "alert",
    "along",
    "api",
    "at",
    "auth",
    "authorization",
    "bearer",
    "bitget",
    "bot",
    "change",
    "changed",
    "characters",
    "correcthorsebatterystaple",
    "default",
    "demo",
    "dummy",
    "enter",
    "example",
    "executor",
    "fill",
    "foo",
    "bar",
    "generate",
    "goes",
    "here",
    "hex",
    "hook",
    "in",
    "insert",
    "is",
    "it",
    "its",
    "key",
    "least",
    "letmein",
    "live",
    "long",
    "main",
    "me",
    "minimum",
    "more",
    "must",
    "my",
    "new",
    "now",
    "of",
    "old",
    "openssl",
    "or",
    "our",
    "passphrase",
    "password",
    "passwd",
    "phrase",
    "please",
    "proxy",
    "put",
    "qwertyuiop",
    "qwerty",
    "rand",
    "random",
    "replace",
    "sample",
    "secret",
    "secure",
    "send",
    "set",
    "sha256",
    "shared",
    "sign",
    "signal",
    "some",
    "strong",
    "string",
    "super",
    "test",
    "testing",
    "text",
    "the",
    "this",
    "thisisa",
    "todo",
    "token",
    "top",
    "trading",
    "tradingview",
    "use",
    "value",
    "very",
    "webhook",
    "webhooks",
    "with",
    "word",
    "your",
    "0123456789",
    "1234567890",
    "123456789",
    "12345678",
    "123456",
    "12345",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnop",
    "abcdefgh",
    "abcdef",
]
_DIGITS = re.compile(r"[0-9]{0,4}")  # may stand before each word and after the last
_LOOKALIKES = str.maketrans("013457@$", "oieastas")
_STANDARD_S_OWN = {  # Standard Webhooks' examples
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "whsec_plJ3nmyCDGBKInavdOK15jsl",
}


def is_sample(secret: str) -> bool:
    """Whether it is a sample from documentation, or a word that people put in place of a secret."""
    written = secret.removeprefix(PREFIX).lower()
    spelled = (re.sub(r"[^a-z0-9]", "", text) for text in (written, written.translate(_LOOKALIKES)))
    return secret in _STANDARD_S_OWN or any(_is_made_of_words(text) for text in spelled)


def _is_made_of_words(text: str) -> bool:
    """Step by step over the places where a word may end: in a time that grows with the length of the text only."""
    ends, left = set[int](), [0]
    while left:
        place = left.pop()
        digits = _DIGITS.match(text, place)
        starts = range(place, (digits.end() if digits else place) + 1)
        found = {start + len(word) for start in starts for word in _WORDS if text.startswith(word, start)}
        left += found - ends
        ends |= found
    return any(_DIGITS.fullmatch(text, end) for end in ends)


def weakness(secret: str, shortest: int = SHORTEST) -> str | None:
    """Why a secret is refused, as `it is …`, or None if it may serve."""
    if not secret.strip():
        return f"it is empty; {MAKE_ONE}"
    if is_sample(secret):
        return f"it is a published sample; {MAKE_ONE}"
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
