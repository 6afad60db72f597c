"""What became of an order, judged from what can be seen. Only evidence ends an order.

An accepted order is verified by the position alone. An order in doubt may have run, may still run until its
signature is too old, or may never have arrived: it is judged by the position now and before, by the traces the
exchange keeps of it, and by whether it could still run when those were read.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from executor.core.position import Position, Target

# Bitget refuses a request whose timestamp is more than 30 s off its own clock (40008): it can no longer run then.
SIGNATURE_LIFETIME = timedelta(seconds=30)
# Reads may lag behind what has run; so long after the signature's end an unchanged position is believed.
LATE_READS = timedelta(seconds=5)


class Trace(StrEnum):
    """What the exchange's order records say of a send."""

    FINISHED = "finished"  # it is there and has ended: filled, or cancelled
    WORKING = "working"  # it is there and has not ended
    ABSENT = "absent"  # the records were read and hold nothing of it
    UNREAD = "unread"  # the records could not be read


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The planned legs are held."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """It ran, or something did, and the planned legs are not held."""

    reason: str


@dataclass(frozen=True, slots=True)
class PlanAnew:
    """It did not run and no longer can: decide again from a fresh position."""


@dataclass(frozen=True, slots=True)
class KeepLooking:
    """Nothing is proven yet."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The exchange's refusal is the whole truth: nothing ran."""


@dataclass(frozen=True, slots=True)
class Doubted:
    """The exchange has refused, and yet something ran."""

    reason: str


Verdict = Confirmed | Incomplete | PlanAnew | KeepLooking


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of one send. `position` is None when it could not be read: unknown, never flat."""

    target: Target
    before: Position
    plan: Position
    position: Position | None
    trace: Trace
    could_still_run: bool  # at the moment the position was asked for, on the server's clock


def judge_doubt(seen: Evidence) -> Verdict:
    """What the evidence on an order in doubt proves."""
    if seen.position is None:
        return KeepLooking("the position could not be read")
    if seen.position.satisfies(seen.plan, seen.target):
        return Confirmed()
    if seen.could_still_run or seen.trace is Trace.WORKING:
        return KeepLooking("it may still run")
    if seen.trace is Trace.UNREAD:
        return KeepLooking("the exchange's order records could not be read")
    if seen.trace is Trace.ABSENT and seen.position == seen.before:
        return PlanAnew()
    return Incomplete(_fell_short(seen.position, seen.plan, seen.before))


def judge_accepted(
    target: Target, before: Position, plan: Position, position: Position | None, *, window_over: bool
) -> Verdict:
    """What a position read after the acceptance proves; `window_over` if it was asked for after the rule's window."""
    if position is None:
        return KeepLooking("the position could not be read")
    if position.satisfies(plan, target):
        return Confirmed()
    if not window_over:
        return KeepLooking(f"the account still holds {position}")
    return Incomplete(_fell_short(position, plan, before))


def judge_refused(before: Position, position: Position | None, trace: Trace) -> Refused | Doubted | KeepLooking:
    """Whether to believe a refusal that may have come between a reversal's two halves. The position and the trace were
    read so late (LATE_READS) that they cannot be from before it.
    """
    if position is not None and position != before:
        return Doubted("the position is no longer what it was")
    if trace in (Trace.WORKING, Trace.FINISHED):
        return Doubted("the exchange's records hold an order of it")
    if position is None or trace is Trace.UNREAD:
        return KeepLooking("the position or the exchange's order records could not be read")
    return Refused()


def _fell_short(position: Position, plan: Position, before: Position) -> str:
    return (
        f"the account holds {position}, not the planned {plan} (it held {before} before): look at the exchange's "
        "order history and put the position right by hand"
    )
