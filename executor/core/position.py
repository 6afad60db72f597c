"""What an account holds of one symbol, and what it should hold."""

from collections.abc import Collection
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
    """The position a signal wants afterwards. An exit wants one side gone, and says nothing of the other."""

    LONG = "long"
    SHORT = "short"
    FLAT = "flat"
    EXIT_LONG = "exit-long"
    EXIT_SHORT = "exit-short"

    @property
    def leg(self) -> Leg | None:
        """The side that is to be held; None if it only closes."""
        return _HELD.get(self)

    @property
    def exits(self) -> Leg | None:
        """The one side that an exit closes."""
        return _EXITED.get(self)

    @property
    def unwanted(self) -> tuple[Leg, ...]:
        """The sides that are not to be held."""
        return _UNWANTED[self]


_HELD = {Target.LONG: Leg.LONG, Target.SHORT: Leg.SHORT}
_EXITED = {Target.EXIT_LONG: Leg.LONG, Target.EXIT_SHORT: Leg.SHORT}
_UNWANTED = {
    Target.LONG: (Leg.SHORT,),
    Target.SHORT: (Leg.LONG,),
    Target.FLAT: (Leg.LONG, Leg.SHORT),
    Target.EXIT_LONG: (Leg.LONG,),
    Target.EXIT_SHORT: (Leg.SHORT,),
}


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

    def without(self, legs: Collection[Leg]) -> "Position":
        """What is left once these legs are closed."""
        return Position(**{leg.value: self.leg(leg) for leg in Leg if leg not in legs})

    def satisfies(self, plan: "Position", target: Target) -> bool:
        """Whether the planned legs are held: at least the plan on the target's side, no more on the unwanted ones.

        An exit does not ask what is held on the other side.
        """
        enough = target.leg is None or self.leg(target.leg) >= plan.leg(target.leg)
        return enough and all(self.leg(leg) <= plan.leg(leg) for leg in target.unwanted)

    def __str__(self) -> str:
        return " and ".join([f"{leg} {size}" for leg, size in self.to_json().items()]) or "flat"
