"""What would be sent at a position that is given."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from executor.core import (
    ALL,
    Intent,
    Leg,
    Market,
    OnFlatTarget,
    Operation,
    Parameters,
    Position,
    PositionMode,
    Reverse,
    Target,
    Unneeded,
    WhenFlat,
    parse_size,
    try_intent,
    unlimited,
)

MARKET = Market("ETHUSDT", "USDT-FUTURES", "USDT")
AS_DOCUMENTED = Parameters()
LONG_TEN = Position(long=Decimal(10))


def tried(target, size=ALL, mode=PositionMode.HEDGE, parameters=AS_DOCUMENTED):
    intent = Intent(
        account="main",
        symbol="ETHUSDT",
        rule="trend",
        target=Target(target),
        size=size,
        when_flat=WhenFlat.IGNORE,
        on_flat_target=OnFlatTarget.IGNORE,
        expires_at=datetime(2026, 11, 20, 9, 1, tzinfo=UTC),
        verify_for=timedelta(seconds=10),
    )
    return try_intent(intent, LONG_TEN, unlimited("ETHUSDT"), MARKET, mode, parameters)


def test_an_action_has_its_request():
    found = tried("short")
    assert found.decision == Reverse(Leg.LONG, Decimal(10), True, Position(short=Decimal(10)))
    assert found.request.operation is Operation.REVERSE
    assert found.request.body["size"] == "10"


def test_nothing_needed_has_no_request():
    found = tried("long")
    assert isinstance(found.decision, Unneeded)
    assert found.request is None


@pytest.mark.parametrize("size", ["0.00000000000000000001", "9.99999999999999999999"])
def test_every_digit_of_a_size_counts(size):
    assert tried("short", parse_size(size)).request.body["size"] == size


@pytest.mark.parametrize(("allowed", "sends"), [(False, False), (True, True)])
def test_parameters_may_allow_a_part(allowed, sends):
    parameters = Parameters(partial_one_way=allowed)
    found = tried("short", parse_size("3"), PositionMode.ONE_WAY, parameters)
    assert (found.request is not None) is sends
