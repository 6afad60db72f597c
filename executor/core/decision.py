"""Target × real position × rule → what to do about it. The one place where that is decided."""

from dataclasses import dataclass
from decimal import Decimal

from executor.core.contract import Contract
from executor.core.order import IGNORED, Intent, WhenFlat
from executor.core.position import Leg, Position, PositionMode, Target
from executor.core.sizing import Unit, too_small


@dataclass(frozen=True, slots=True)
class Reverse:
    """Turn `size` of the `leg` that is held into the other leg; `whole` if nothing of it is to stay."""

    leg: Leg
    size: Decimal
    whole: bool
    plan: Position
    name = "reverse"

    def __str__(self) -> str:
        return f"reverse {'the whole' if self.whole else f'{self.size:f} of the'} {self.leg} position"


@dataclass(frozen=True, slots=True)
class Open:
    """From flat, open `size` on `leg` with a market order."""

    leg: Leg
    size: Decimal
    plan: Position
    name = "open"

    def __str__(self) -> str:
        return f"open {self.leg} {self.size:f}"


@dataclass(frozen=True, slots=True)
class Close:
    """Close every one of `legs`."""

    legs: tuple[Leg, ...]
    plan: Position
    name = "close"

    def __str__(self) -> str:
        return f"close the {' and the '.join(self.legs)} position"


@dataclass(frozen=True, slots=True)
class Unneeded:
    """The position is what the signal wants, or the rule says to leave it."""

    reason: str
    name = "unneeded"

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Denied:
    """We refuse: carrying it out is not possible, or not allowed."""

    reason: str
    name = "denied"

    def __str__(self) -> str:
        return self.reason


Action = Reverse | Open | Close
Decision = Action | Unneeded | Denied


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision must know of the account and the contract."""

    mode: PositionMode
    contract: Contract
    partial_one_way: bool = False  # whether a one-way account may reverse less than it holds
    mark_price: Decimal | None = None


def decide(intent: Intent, position: Position, terms: Terms) -> Decision:
    """What to do so that the lane's position becomes the intent's target."""
    wanted = intent.aim.leg
    if wanted is None:
        return _close(intent, position)
    if position.leg(wanted.other):
        return _reverse(intent, wanted.other, position, terms)
    if position.leg(wanted):
        return Unneeded(f"already {wanted}: the account holds {position}")
    return _from_flat(intent, wanted, terms)


def _close(intent: Intent, position: Position) -> Decision:
    if intent.ignored:
        return Unneeded(IGNORED)
    if position.flat and intent.aim is Target.FLAT:
        return Unneeded("already flat")
    legs = tuple(leg for leg in intent.aim.unwanted if position.leg(leg))
    if not legs:
        return Unneeded(f"there is no {intent.aim.exits} position to exit: the account is {position}")
    return Close(legs, position.without(legs))


def _from_flat(intent: Intent, wanted: Leg, terms: Terms) -> Decision:
    if intent.when_flat is WhenFlat.IGNORE:
        return Unneeded("nothing to reverse: the account is flat and the rule says when_flat: ignore")
    if intent.when_flat is WhenFlat.DENY:
        return Denied("nothing to reverse: the account is flat and the rule says when_flat: deny")
    if intent.size.unit is not Unit.BASE:
        return Denied(f"size {intent.size} cannot open a position; when_flat: open needs a number of base coins")
    size = terms.contract.round_down(intent.size.number)
    if refusal := too_small(size, terms.contract, terms.mark_price):
        return Denied(f"{refusal}; raise the rule's size")
    largest = terms.contract.maximum_market
    if largest is not None and size > largest:
        return Denied(f"size {size:f} {terms.contract.symbol} is above the contract's maximum of {largest:f}")
    return Open(wanted, size, Position.of(wanted, size))


def _reverse(intent: Intent, leg: Leg, position: Position, terms: Terms) -> Decision:
    held = position.leg(leg)
    asked = intent.size.of(held)
    if asked >= held:
        return Reverse(leg, held, True, _after(position, leg, held))
    if terms.mode is PositionMode.ONE_WAY and not terms.partial_one_way:
        return Denied(
            f"size {intent.size} is less than the {leg} {held:f} held, and in one-way mode the exchange reverses "
            "whole positions: use size: all, or allow it with the account's parameters (partial_one_way: true)"
        )
    size = terms.contract.round_down(asked)
    if refusal := too_small(size, terms.contract, terms.mark_price):
        return Denied(f"{refusal}; raise the rule's size")
    if terms.mode is PositionMode.ONE_WAY:
        return Reverse(leg, size, False, Position.of(leg.other, size))
    return Reverse(leg, size, False, _after(position, leg, size))


def _after(position: Position, leg: Leg, size: Decimal) -> Position:
    """The legs after `size` of `leg` has changed sides."""
    legs = {leg: position.leg(leg) - size, leg.other: position.leg(leg.other) + size}
    return Position(long=legs[Leg.LONG], short=legs[Leg.SHORT])


def builds_up(action: Action) -> Leg | None:
    """The leg that an action adds to."""
    if isinstance(action, Reverse):
        return action.leg.other
    return action.leg if isinstance(action, Open) else None


def moves_away(action: Action, target: Target) -> bool:
    """Whether an action would leave its target: the invariant every send is checked against."""
    if isinstance(action, Close):
        return not set(action.legs) <= set(target.unwanted)
    return target.leg is not builds_up(action)
