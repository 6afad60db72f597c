"""How much of a position a rule wants reversed: all of it, a number, or a percentage."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from executor.core.contract import Contract
from executor.core.position import ZERO

_NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,20})?"
_SIZE = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<percent>%)?")


class Unit(StrEnum):
    """What a size's number counts."""

    WHOLE = "all"
    BASE = "base coin"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Size:
    """`all`, a number of base coins, or a percentage of the leg that is held."""

    unit: Unit
    number: Decimal = ZERO

    @property
    def whole(self) -> bool:
        """Whether it means the whole of any position, so that a newer signal replaces it."""
        return self.unit is Unit.WHOLE or (self.unit is Unit.PERCENT and self.number == 100)

    def of(self, held: Decimal) -> Decimal:
        """The size meant when `held` is the leg's total, never above it and not yet rounded."""
        if self.unit is Unit.WHOLE:
            return held
        if self.unit is Unit.PERCENT:
            return held * self.number / 100
        return min(self.number, held)

    def __str__(self) -> str:
        if self.unit is Unit.WHOLE:
            return "all"
        return f"{self.number:f}%" if self.unit is Unit.PERCENT else f"{self.number:f}"


ALL = Size(Unit.WHOLE)


def parse_size(text: str) -> Size:
    """`all`, `3`, `0.25` or `25%` as a Size. ValueError says what would be right."""
    text = text.strip()
    if text == "all":
        return ALL
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a size: write all, a number such as 0.25, or a percentage such as 25%")
    number = Decimal(found["number"])
    if not number:
        raise ValueError(f"{text!r} reverses nothing: a size must be above zero")
    if found["percent"] and number > 100:
        raise ValueError(f"{text!r} is more than the position: a percentage goes up to 100%")
    return Size(Unit.PERCENT if found["percent"] else Unit.BASE, number)


def too_small(size: Decimal, contract: Contract, mark_price: Decimal | None) -> str | None:
    """Why the exchange would find a rounded size too small, or None. `mark_price` is None when not known."""
    if size < contract.minimum or not size:
        return (
            f"size {size:f} {contract.symbol} is below the contract's minimum of {contract.minimum:f} "
            f"(steps of {contract.step:f})"
        )
    notional = size * mark_price if mark_price is not None else None
    if notional is not None and notional < contract.minimum_notional:
        return (
            f"size {size:f} {contract.symbol} is worth {notional:f}, below the contract's minimum of "
            f"{contract.minimum_notional:f}"
        )
    return None
