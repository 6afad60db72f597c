"""Sizes as rules write them, and what they mean of a leg."""

from decimal import Decimal

import pytest

from executor.core import ALL, Contract, Size, Unit, parse_size
from executor.core.sizing import too_small

D = Decimal


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("all", ALL),
        (" all ", ALL),
        ("3", Size(Unit.BASE, D(3))),
        ("101", Size(Unit.BASE, D(101))),
        ("0.250", Size(Unit.BASE, D("0.25"))),
        ("25%", Size(Unit.PERCENT, D(25))),
        ("12.5 %", Size(Unit.PERCENT, D("12.5"))),
    ],
)
def test_a_size_is_read(text, size):
    assert parse_size(text) == size
    assert parse_size(str(size)) == size


def test_all_is_written_as_all():
    assert str(ALL) == "all"


@pytest.mark.parametrize("text", ["", "ALL", "0", "0%", "-3", "101%", "1e3", "NaN", "3 ETH", "1,000", "٣", "9" * 21])
def test_anything_else_is_refused_with_what_would_be_right(text):
    with pytest.raises(ValueError, match=r"write all, a number|must be above zero|goes up to 100%"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "whole"), [("all", True), ("100%", True), ("99%", False), ("100", False), ("99.9%", False)]
)
def test_a_size_may_be_whole(size, whole):
    assert parse_size(size).whole is whole


@pytest.mark.parametrize(
    ("size", "held", "means"),
    [("all", "7", "7"), ("3", "7", "3"), ("7", "7", "7"), ("8", "7", "7"), ("25%", "8", "2"), ("100%", "7", "7")],
)
def test_a_size_is_of_a_leg(size, held, means):
    assert parse_size(size).of(D(held)) == D(means)


CONTRACT = Contract("ETHUSDT", step=D("0.01"), places=2, minimum=D("0.05"), minimum_notional=D(5))


@pytest.mark.parametrize(
    ("size", "mark_price", "said"),
    [
        ("0.05", None, None),
        ("0.04", None, "size 0.04 ETHUSDT is below the contract's minimum of 0.05 (steps of 0.01)"),
        ("0", None, "size 0 ETHUSDT is below the contract's minimum of 0.05 (steps of 0.01)"),
        ("0.05", "100", None),
        ("0.05", "99", "size 0.05 ETHUSDT is worth 4.95, below the contract's minimum of 5"),
        ("0.05", "0", "size 0.05 ETHUSDT is worth 0.00, below the contract's minimum of 5"),
    ],
)
def test_a_size_may_be_too_small(size, mark_price, said):
    assert too_small(D(size), CONTRACT, D(mark_price) if mark_price else None) == said


def test_nothing_is_always_too_small():
    without_minimum = Contract("ETHUSDT", step=D("0.01"), places=2, minimum=D(0))
    assert too_small(D(0), without_minimum, None)
    assert not too_small(D("0.01"), without_minimum, D(1))
