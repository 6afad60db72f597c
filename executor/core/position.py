"""What an account holds of one symbol, and what it should hold."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

ZERO = Decimal(0)


class Leg(StrEnum):
    """One side of a position."""

    LONG = "long"
    SHORT = "short"

    @property
    def other(self) -> "Leg":
        return Leg.SHORT if self is Leg.LONG else Leg.LONG


class Target(StrEnum):
    """The position a signal wants afterwards."""

    LONG = "long"
    SHORT = "short"
    FLAT = "flat"

    @property
    def leg(self) -> Leg | None:
        if self is Target.FLAT:
            return None
        return Leg.LONG if self is Target.LONG else Leg.SHORT


class PositionMode(StrEnum):
    """Whether an account holds both legs side by side (hedge) or their net (one-way)."""

    HEDGE = "hedge"
    ONE_WAY = "one-way"


@dataclass(frozen=True, slots=True)
class Position:
    """The legs held of one symbol, in base coin; zero is not held. Unknown is never a Position."""

    long: Decimal = ZERO
    short: Decimal = ZERO

    @classmethod
    def of(cls, leg: Leg, size: Decimal) -> Self:
        return cls(**{leg.value: size})

    @classmethod
    def from_json(cls, data: dict[str, str]) -> Self:
        return cls(**{leg: Decimal(size) for leg, size in data.items()})

    def to_json(self) -> dict[str, str]:
        """Only the legs that are held: `{}` is flat, `{"long": "10"}` is long 10."""
        return {leg: f"{size:f}" for leg, size in (("long", self.long), ("short", self.short)) if size}

    def leg(self, leg: Leg) -> Decimal:
        return self.long if leg is Leg.LONG else self.short

    @property
    def flat(self) -> bool:
        return not (self.long or self.short)

    def satisfies(self, plan: "Position", target: Target) -> bool:
        """Whether the planned legs are held: at least the plan on the target's side, no more on the other.

        A flat target is satisfied by no leg beyond the plan on either side.
        """
        if target.leg is None:
            return self.long <= plan.long and self.short <= plan.short
        wanted, unwanted = target.leg, target.leg.other
        return self.leg(wanted) >= plan.leg(wanted) and self.leg(unwanted) <= plan.leg(unwanted)

    def __str__(self) -> str:
        return " and ".join([f"{leg} {size}" for leg, size in self.to_json().items()]) or "flat"
