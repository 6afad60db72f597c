"""Exact decimal arithmetic for values in rules, within bounds."""

from collections.abc import Callable
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Any

from jinja2 import nodes

from executor.core.alert import as_number
from executor.core.values.comparing import shown
from executor.core.values.errors import ValueRefused

DIGITS = 80  # of an exact result
QUOTIENT_PLACES = 18  # a division that does not come out even is rounded here

_EXACT = Context(prec=DIGITS, Emin=-999, Emax=999, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])
_ROUNDED = Context(prec=DIGITS, Emin=-999, Emax=999, traps=[InvalidOperation, DivisionByZero, Overflow])


def number(value: Any) -> Decimal:
    """A number, or text that is one; else ValueRefused."""
    found = as_number(value)
    if found is None:
        raise ValueRefused(f"{shown(value)} is not a number; ~ joins texts")
    return found


def _divide(left: Decimal, right: Decimal) -> Decimal:
    quotient = _ROUNDED.divide(left, right)
    return rounded(quotient, QUOTIENT_PLACES) if _places(quotient) > QUOTIENT_PLACES else quotient


def _floor_divide(left: Decimal, right: Decimal) -> Decimal:
    quotient = _EXACT.divide_int(left, right)
    below = _EXACT.multiply(quotient, right) != left and (left < 0) is not (right < 0)
    return _EXACT.subtract(quotient, Decimal(1)) if below else quotient


def _modulo(left: Decimal, right: Decimal) -> Decimal:
    return _EXACT.subtract(left, _EXACT.multiply(_floor_divide(left, right), right))


def rounded(value: Decimal, places: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """To a number of decimal places; negative places round to tens, hundreds."""
    try:
        return value.quantize(Decimal(1).scaleb(-places), rounding, _ROUNDED)
    except InvalidOperation:
        raise ValueRefused(f"{shown(value)} is too large to be rounded") from None


def _places(value: Decimal) -> int:
    return -int(value.as_tuple().exponent)


OPERATIONS: dict[type[nodes.Node], Callable[[Decimal, Decimal], Decimal]] = {
    nodes.Add: _EXACT.add,
    nodes.Sub: _EXACT.subtract,
    nodes.Mul: _EXACT.multiply,
    nodes.Div: _divide,
    nodes.FloorDiv: _floor_divide,
    nodes.Mod: _modulo,
}


def calculate(operation: Callable[[Decimal, Decimal], Decimal], left: Any, right: Any) -> Decimal:
    """`left` operation `right`, without trailing zeros. ValueRefused for what is no number or comes to none."""
    one, other = number(left), number(right)
    try:
        return plain(operation(one, other))
    except DecimalException:
        if not other:
            raise ValueRefused(f"{shown(one)} cannot be divided by zero") from None
        raise ValueRefused(f"the calculation with {shown(one)} and {shown(other)} has no exact result") from None


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros or a negative zero."""
    return value.normalize(_ROUNDED) if value else Decimal(0)
