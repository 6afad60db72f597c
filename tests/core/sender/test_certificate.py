"""What a client certificate must say, and that it counts beside a secret only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from executor.core.alert import Format
from executor.core.sender import Certificate, CertificateRule, NotAuthenticated, Presented, Sender, authenticate

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SHOWN = Certificate(("TradingView, Inc.",), ("webhook-server@tradingview.com",), "ab" * 32, NOW - DAY, NOW + DAY)
RULE = CertificateRule("TradingView, Inc.", "webhook-server@tradingview.com")


def test_the_right_one_is_enough() -> None:
    assert RULE.holds(SHOWN, NOW)


def test_none_is_not_enough() -> None:
    assert not RULE.holds(None, NOW)


@pytest.mark.parametrize(
    "difference",
    [
        {"organizations": ("Tradingview, Inc.",)},
        {"organizations": ("TradingView, Inc. ",)},
        {"organizations": ()},
        {"organizations": ("TradingView, Inc.", "Another, Inc.")},
        {"emails": ("webhook-server@tradingview.com.example.org",)},
        {"emails": ()},
        {"valid_until": NOW - timedelta(seconds=1)},
        {"valid_from": NOW + timedelta(seconds=1)},
    ],
    ids=str,
)
def test_any_difference_is_one_too_many(difference: dict[str, Any]) -> None:
    assert not RULE.holds(replace(SHOWN, **difference), NOW)


@pytest.mark.parametrize(
    ("fingerprints", "said"),
    [
        ([], "not pinned: any certificate with these names is accepted"),
        (["ab" * 32], "1 pinned"),
        (["ab" * 32, "cd" * 32], "2 pinned"),
    ],
)
def test_a_rule_says_what_it_requires(fingerprints: list[str], said: str) -> None:
    rule = replace(RULE, fingerprints=frozenset(fingerprints))
    assert str(rule) == f"TradingView, Inc., webhook-server@tradingview.com ({said})"


def test_one_of_several_addresses_is_enough() -> None:
    assert RULE.holds(replace(SHOWN, emails=("other@example.org", *SHOWN.emails)), NOW)


@pytest.mark.parametrize("moment", [SHOWN.valid_from, SHOWN.valid_until], ids=["first", "last"])
def test_its_first_and_last_moment_count(moment: datetime) -> None:
    assert RULE.holds(SHOWN, moment)


def test_a_pinned_one_must_be_one_of_those_listed() -> None:
    pinned = replace(RULE, fingerprints=frozenset({"cd" * 32, SHOWN.fingerprint}))
    assert pinned.holds(SHOWN, NOW)
    assert not pinned.holds(replace(SHOWN, fingerprint="ef" * 32), NOW)
    assert not pinned.holds(replace(SHOWN, emails=()), NOW)


SECRET = "not-the-only-proof-0123"
SENDER = Sender("tradingview", (SECRET,), "secret", None, Format.AUTO, certificate=RULE)


def test_with_the_secret_it_proves_the_sender() -> None:
    assert authenticate(SENDER, b"{}", Presented(bearer=SECRET, certificate=SHOWN), NOW).fields == {}


@pytest.mark.parametrize(
    "presented",
    [
        Presented(bearer=SECRET),
        Presented(bearer=SECRET, certificate=replace(SHOWN, emails=())),
        Presented(bearer="wrong", certificate=SHOWN),
        Presented(certificate=SHOWN),
    ],
    ids=["no certificate", "another's certificate", "wrong secret", "no secret"],
)
def test_neither_is_enough_without_the_other(presented: Presented) -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(SENDER, b"{}", presented, NOW)
