"""How a lane was left by the last process that ran it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from executor.bitget.positions import PositionRead
from executor.core.position import Leg, Position
from executor.core.precedence import Signal
from executor.ledger import Claim, IdleLane, LaneMemory

CLOCKS_DIFFER_SECONDS = 0.1  # at most, between this process's idea of the ledger's clock and another's


@dataclass(frozen=True, slots=True)
class PreviousPosition:
    """What was held before the lane's last order.

    A read that was asked for before `until` (time.monotonic()) may lag and still show it.
    """

    position: Position
    until: float

    def may_be(self, read: PositionRead) -> bool:
        return self.position == read.position and read.asked < self.until


@dataclass(frozen=True, slots=True)
class LastUse:
    """While the lane still has this fence, no other process has run it since."""

    fence: int = 0
    nothing_since: float = float("-inf")  # time.monotonic(): since then none of our orders has changed the position
    last_signal: Signal | None = None  # the newest that was decisive on the lane
    previous: PreviousPosition | None = None
    guarded: Mapping[Leg, float] = field(default_factory=dict)  # until time.monotonic() is so

    @classmethod
    def of_idle(cls, idle: IdleLane, late_reads: timedelta) -> Self:
        """No process holds the lane, so none has changed its position until now."""
        return cls(idle.fence, time.monotonic(), idle.last_signal, *_remembered(idle.memory, late_reads))

    @classmethod
    def by_another(cls, claim: Claim, late_reads: timedelta) -> Self:
        """Another process has run the lane before this claim."""
        previous, guarded = _remembered(claim.memory, late_reads)
        return cls(claim.fence - 1, _last_touched(claim), claim.last_signal, previous, guarded)


NEVER_USED = LastUse()  # right as long as the lane's fence is 0


def _remembered(memory: LaneMemory, late_reads: timedelta) -> tuple[PreviousPosition | None, dict[Leg, float]]:
    """What the ledger holds of the lane's last order, on this process's monotonic clock."""
    now = time.monotonic()
    guarded = {leg: now + left.total_seconds() for leg, left in memory.guarded.items()}
    if memory.position_before is None:
        return None, guarded
    until = now + (late_reads - memory.ended_ago).total_seconds()
    return PreviousPosition(memory.position_before, until), guarded


def _last_touched(claim: Claim) -> float:
    """Since when no order of another process has changed the lane's position."""
    if any(order.state.in_flight for order in claim.orders):
        return time.monotonic()
    return time.monotonic() - claim.memory.ended_ago.total_seconds() + CLOCKS_DIFFER_SECONDS
