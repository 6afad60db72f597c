import re
from itertools import chain
from pathlib import Path

import pytest

from executor.config.secret_strength import weakness


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "it is empty"),
        ("    ", "it is empty"),
        ("fifteen-letters", "shorter than 16"),
        ("changeme", "a published sample"),
        ("s3cret", "a published sample"),
        ("changeme-changeme-changeme", "a published sample"),
        ("change-me-please-2026", "a published sample"),
        ("My $up3r S3cret Passw0rd!", "a published sample"),
        ("your secret", "a published sample"),
        ("put-your-webhook-secret-here", "a published sample"),
        ("this-is-a-secret", "a published sample"),
        ("a-long-random-string-of-at-least-16-characters", "a published sample"),
        ("0123456789abcdef0123456789ABCDEF", "a published sample"),
        ("1234567890123456", "a published sample"),
        ("qwertyuiop123456", "a published sample"),
        ("correct horse battery staple", "a published sample"),
        ("whsec_your_secret_here", "a published sample"),
        ("YOUR_SECRET_HERE", "a published sample"),
        ("Your Secret Here", "a published sample"),
        ("$(openssl rand -hex 16)", "a published sample"),
        ("${ALERT_SECRET}", "a published sample"),
        ("aaaaaaaaaaaaaaaabbbb", "repeats a few characters"),
        ("whsec_", "fewer than 24 bytes"),
        ("whsec_c2hvcnQ=", "fewer than 24 bytes"),
        ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "repeats a few bytes"),
        ("whsec_not-base64-at-all-but-long-enough-to-be", "not base64"),
        ("whsec_größergrößergrößergrößergrößer", "not base64"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a published sample"),
        ("8d1f0c2e5b7a49638d1f0c2e5b7a4963\n", "cannot be seen"),
    ],
)
def test_a_secret_anybody_could_guess_is_refused(secret: str, said: str) -> None:
    assert said in (weakness(secret) or "")


def shown_secrets() -> set[str]:
    """Whatever the documentation has where a secret belongs."""
    root = Path(__file__).parents[2]
    files = chain((root / "README.md", root / "config.yaml"), (root / "deploy").iterdir())
    place = re.compile(r'(?:"secret": ?|SECRET=|[ -]secrets?: \[?|X-Proxy-Secret )("[^"]*"|[^\s,]+)|\b(whsec_\S+)')
    return {first.strip('"') or second for file in files for first, second in place.findall(file.read_text())}


def test_whatever_the_documentation_shows_as_a_secret_is_refused() -> None:
    shown = shown_secrets()
    assert shown >= {"your secret", "${ALERT_SECRET}", "$(openssl"}
    assert [secret for secret in shown if not weakness(secret)] == []


@pytest.mark.parametrize(
    "secret",
    [
        "sixteen-letters!",
        "8d1f0c2e5b7a49638d1f0c2e5b7a4963",
        "mild river copper lantern",
        "98765432109876543210",
        "secret-98765432109876543210",
        "tradingview-7f3a",
        "whsec_b+JvZR0aD2rKDG6ODkOmZXQ0fm1j7lvxUi5b+cnIZhU=",
        "whsec_b+JvZR0aD2rKDG6ODkOmZXQ0fm1j7lvxUi5b+cnIZhU",
    ],
)
def test_other_secrets_may_serve(secret: str) -> None:
    assert weakness(secret) is None
