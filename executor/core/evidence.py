"""What became of an order, judged from what can be seen. Only evidence ends an order.

An accepted order is verified by the position, read after its acceptance, and by its record. An order in doubt may have
run, may still run, or may never have arrived: it is judged by the position now and before, by the traces that the
exchange keeps of it, and by whether it could still run when those were read.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from executor.core.position import Leg, Position, PositionMode, Target
from executor.core.reversal import Operation

# Bitget refuses a request whose timestamp is more than 30 s off its own clock (40008): it can no longer run then.
SIGNATURE_LIFETIME = timedelta(seconds=30)
# Reads may lag behind what has run; so long after the signature's end an unchanged position is believed.
LATE_READS = timedelta(seconds=5)
LATE_READS_WHERE_IT_HARMS = timedelta(seconds=15)


class Trace(StrEnum):
    """What the exchange's order records say of a send."""

    FINISHED = "finished"  # an order with our clientOid has ended: filled, or cancelled
    WORKING = "working"  # an order of it, or one that may be of it, has not ended
    FOREIGN = "foreign"  # reversals since have ended, and none bears our clientOid
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
    could_still_run: bool  # at the moment the position was asked for


def judge_doubt(seen: Evidence) -> Verdict:
    """What the evidence on an order in doubt proves.

    A position at the plan may have been made by a stop, a person or another bot, so it proves nothing while the
    request could still run and the records show no order with our clientOid.
    """
    if seen.position is None:
        return KeepLooking("the position could not be read")
    reached = seen.position.satisfies(seen.plan, seen.target)
    if seen.trace is Trace.WORKING:
        return KeepLooking("the exchange's records show an order that has not ended")
    if reached and (seen.trace is Trace.FINISHED or not seen.could_still_run):
        return Confirmed()
    if reached:
        return KeepLooking(f"the account holds {seen.position} as planned, but no record shows that this order made it")
    if seen.could_still_run:
        return KeepLooking(f"the account holds {seen.position}, and the request may still run")
    if seen.trace is Trace.UNREAD:
        return KeepLooking("the exchange's order records could not be read")
    if seen.trace is Trace.ABSENT and seen.position == seen.before:
        return PlanAnew()
    return Incomplete(_fell_short(seen.position, seen.plan, seen.before))


@dataclass(frozen=True, slots=True)
class AcceptedEvidence:
    """What was seen of an accepted order.

    `position` was asked for after the acceptance, and after the rule's `verify_for` if `window_over`. `trace` is asked
    for if the position is the plan, or falls short after that. `fell_short` says that an earlier look did not show the
    plan, and `long_over` that records show every order by now.
    """

    target: Target
    before: Position
    plan: Position
    position: Position | None
    window_over: bool
    trace: Trace | None = None
    long_over: bool = False
    fell_short: bool = False


def judge_accepted(seen: AcceptedEvidence) -> Verdict:
    """What the evidence on an accepted order proves."""
    if seen.position is None:
        return KeepLooking("the position could not be read")
    if seen.position.satisfies(seen.plan, seen.target):
        return _judge_reached(seen)
    if not seen.window_over:
        return KeepLooking(f"the account still holds {seen.position}")
    if seen.trace is Trace.WORKING:
        return KeepLooking("the exchange has accepted the order and still works on it")
    if seen.trace in (None, Trace.UNREAD):
        return KeepLooking("the exchange's record of the order could not be read")
    if seen.trace is Trace.ABSENT and not seen.long_over:
        return KeepLooking("the exchange has accepted the order and shows no record of it yet")
    return Incomplete(_fell_short(seen.position, seen.plan, seen.before))


def _judge_reached(seen: AcceptedEvidence) -> Confirmed | KeepLooking:
    """A person may have made the plan while the exchange still works on the order, which then turns it back."""
    if seen.trace is Trace.WORKING:
        return KeepLooking(f"the account holds {seen.position} as planned, but the exchange still works on the order")
    if seen.trace is Trace.UNREAD and seen.fell_short:
        return KeepLooking(f"the account holds {seen.position} as planned, but the order's record could not be read")
    believed = seen.long_over if seen.fell_short else seen.window_over or seen.trace is Trace.ABSENT
    if believed or seen.trace in (None, Trace.FINISHED, Trace.FOREIGN):
        return Confirmed()
    return KeepLooking(f"the account holds {seen.position} as planned, but no record shows that this order made it")


def judge_refused(before: Position, position: Position | None, trace: Trace) -> Refused | Doubted | KeepLooking:
    """Whether to believe a refusal that may have come between a reversal's two halves. The position and the trace were
    read so late that they cannot be from before it.
    """
    if position is not None and position != before:
        return Doubted("the position is no longer what it was")
    if trace in (Trace.WORKING, Trace.FINISHED, Trace.FOREIGN):
        return Doubted("the exchange's records hold an order of it")
    if position is None or trace is Trace.UNREAD:
        return KeepLooking("the position or the exchange's order records could not be read")
    return Refused()


def emptied(before: Position, plan: Position) -> tuple[Leg, ...]:
    """The legs that a plan closes or turns as a whole."""
    return tuple(leg for leg in Leg if before.leg(leg) and not plan.leg(leg))


def second_run_harms(mode: PositionMode, operation: Operation, before: Position, plan: Position) -> bool:
    """Whether a request that runs twice leaves another position than once.

    A whole turn or a close of a hedge account's leg finds nothing to close the second time, as long as nothing has
    built up that leg again. In one-way mode a second run turns back what the first has turned.
    """
    if mode is PositionMode.ONE_WAY or operation is Operation.OPEN:
        return True
    return any(plan.leg(leg) and plan.leg(leg) < before.leg(leg) for leg in Leg)


def longest_doubt(
    answered_doubt: timedelta, late_reads: timedelta | None, *, harms: bool, signature: timedelta = SIGNATURE_LIFETIME
) -> timedelta:
    """How long a request that was answered in doubt may keep its lane. `late_reads` is None if the account says nothing
    of it.
    """
    if not harms:
        return signature + (LATE_READS if late_reads is None else late_reads)
    return max(signature, answered_doubt) + (LATE_READS_WHERE_IT_HARMS if late_reads is None else late_reads)


def _fell_short(position: Position, plan: Position, before: Position) -> str:
    return (
        f"the account holds {position}, not the planned {plan} (it held {before} before): look at the exchange's "
        "order history and put the position right by hand"
    )
