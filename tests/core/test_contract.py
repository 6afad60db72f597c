"""What the exchange lets be traded: sizes are rounded down to it."""

from decimal import Decimal

import pytest

from executor.core import Contract

D = Decimal


@pytest.mark.parametrize(
    ("size", "rounded"), [("3.019", "3.01"), ("0.009", "0"), ("30", "30"), ("0.29999999999999998", "0.29")]
)
def test_sizes_round_down_to_steps(size, rounded):
    assert f"{Contract('X', D('0.01'), 2, D('0.01')).round_down(D(size)):f}" == rounded


def test_steps_may_exceed_places():
    assert Contract("X", D("0.5"), 1, D("0.5")).round_down(D("1.9")) == D("1.5")


def test_places_round_without_a_step():
    assert Contract("X", D(0), 1, D(0)).round_down(D("1.99")) == D("1.9")
