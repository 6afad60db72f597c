import pytest

from executor.config.strength import weakness


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "it is empty"),
        ("    ", "it is empty"),
        ("fifteen-letters", "shorter than 16"),
        ("changeme", "a sample"),
        ("s3cret", "a sample"),
        ("YOUR_SECRET_HERE", "a sample"),
        ("Your Secret Here", "a sample"),
        ("$(openssl rand -hex 16)", "a sample"),
        ("${ALERT_SECRET}", "a sample"),
        ("aaaaaaaaaaaaaaaabbbb", "repeats a few characters"),
        ("whsec_", "fewer than 24 bytes"),
        ("whsec_c2hvcnQ=", "fewer than 24 bytes"),
        ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "repeats a few bytes"),
        ("whsec_not-base64-at-all-but-long-enough-to-be", "not base64"),
        ("whsec_größergrößergrößergrößergrößer", "not base64"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a sample"),
        ("8d1f0c2e5b7a49638d1f0c2e5b7a4963\n", "cannot be seen"),
    ],
)
def test_a_secret_anybody_could_guess_is_refused(secret: str, said: str) -> None:
    assert said in (weakness(secret) or "")


@pytest.mark.parametrize(
    "secret",
    [
        "sixteen-letters!",
        "8d1f0c2e5b7a49638d1f0c2e5b7a4963",
        "correct horse battery staple",
        "whsec_b+JvZR0aD2rKDG6ODkOmZXQ0fm1j7lvxUi5b+cnIZhU=",
        "whsec_b+JvZR0aD2rKDG6ODkOmZXQ0fm1j7lvxUi5b+cnIZhU",
    ],
)
def test_other_secrets_may_serve(secret: str) -> None:
    assert weakness(secret) is None
