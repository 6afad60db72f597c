"""Sizes as rules write them, and what they mean of a leg."""

from decimal import Decimal

import pytest

from executor.core.contract import Contract
from executor.core.sizing import ALL, Size, Unit, parse_size

D = Decimal


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("all", ALL),
        (" all ", ALL),
        ("3", Size(Unit.BASE, D(3))),
        ("0.250", Size(Unit.BASE, D("0.25"))),
        ("25%", Size(Unit.PERCENT, D(25))),
        ("12.5 %", Size(Unit.PERCENT, D("12.5"))),
    ],
)
def test_a_size_is_read(text, size):
    assert parse_size(text) == size
    assert parse_size(str(size)) == size


@pytest.mark.parametrize("text", ["", "ALL", "0", "0%", "-3", "101%", "1e3", "NaN", "3 ETH", "1,000", "٣", "9" * 21])
def test_anything_else_is_refused_with_what_would_be_right(text):
    with pytest.raises(ValueError, match=r"write all, a number|must be above zero|goes up to 100%"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "rounded"), [("3.019", "3.01"), ("0.009", "0"), ("30", "30"), ("0.29999999999999998", "0.29")]
)
def test_sizes_are_rounded_down_to_the_step(size, rounded):
    assert f"{Contract('X', D('0.01'), 2, D('0.01')).round_down(D(size)):f}" == rounded


def test_the_step_may_be_coarser_than_the_places():
    assert Contract("X", D("0.5"), 1, D("0.5")).round_down(D("1.9")) == D("1.5")
