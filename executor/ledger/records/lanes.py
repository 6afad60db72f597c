"""Lanes: who holds one, and what its last order left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from executor.core.order import Lane
from executor.core.position import Leg, Position
from executor.core.precedence import Signal
from executor.ledger.records.orders import OrderRow, Send


@dataclass(frozen=True, slots=True)
class LaneMemory:
    """What a lane's last order left behind: the position before it, and how long ago it ended.

    Nothing is to build up a `guarded` leg for that time: a request that may
    still run would close what is built up.
    """

    position_before: Position | None = None
    ended_ago: timedelta = timedelta(0)
    guarded: Mapping[Leg, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """A lane held by a node. Writes under it fail once another node holds the lane, because the fence is higher then.

    `orders` are the lane's unfinished ones at the time of the claim, oldest
    first. `last_signal` is the newest decisive one; its arrival is on the
    ledger's clock.
    """

    lane: Lane
    node: str
    fence: int
    orders: tuple[OrderRow, ...]
    last_signal: Signal | None
    memory: LaneMemory = LaneMemory()


@dataclass(frozen=True, slots=True)
class IdleLane:
    """A lane that no node holds: the fence of its last claim, and the newest decisive signal."""

    lane: Lane
    fence: int
    last_signal: Signal | None
    memory: LaneMemory = LaneMemory()


@dataclass(frozen=True, slots=True)
class Departure:
    """An order that is to be sent, decided from the position before it.

    If it is sent with the write that records its alert, `claim` is a foreseen
    one: it becomes true if no node has held the lane since its last use
    (fence 1: if no node has ever held it).
    """

    claim: Claim
    send: Send
    position_before: Position
    plan: Position
    decided: str
