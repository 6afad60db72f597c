"""Which of a lane's waiting orders runs next, and which a newer signal has made pointless."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from executor.core.order import FINEST, IGNORED, Intent
from executor.core.position import Leg, Target

_TURN_OF = {  # a side that is left: its exit, and where a turn from it arrives
    Target.LONG: (Target.EXIT_LONG, Target.SHORT),
    Target.SHORT: (Target.EXIT_SHORT, Target.LONG),
}
START = datetime.min.replace(tzinfo=UTC)  # where steps are counted from
SOON = timedelta(seconds=2)  # for an alert to be on its way


@dataclass(frozen=True, slots=True)
class Signal:
    """When a signal arrived and, if its rule reads it, when its sender says it was sent, in steps of that size; and
    what it wants.
    """

    arrived: datetime
    sent: datetime | None = None
    step: timedelta = FINEST
    target: Target | None = None  # None: not known, of a lane that an older version has run
    leaves: Target | None = None  # long, short or flat; None if its sender does not say

    @classmethod
    def of(cls, intent: Intent, arrived: datetime) -> Self:
        return cls(arrived, intent.signal_time, intent.signal_step, intent.aim, intent.leaves)

    @property
    def side(self) -> Leg | None:
        """The side that it wants held."""
        return self.target.leg if self.target else None

    @property
    def arrives(self) -> Target | None:
        """Where the lane stands after it: long, short or flat."""
        return self.target if self.side or self.target is None else Target.FLAT

    @property
    def exits(self) -> Leg | None:
        return self.target.exits if self.target else None

    def shifted(self, by: timedelta) -> "Signal":
        """With its arrival on another clock, which is so far ahead."""
        return replace(self, arrived=self.arrived + by)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued order, the end of its max_age, and its signal. Given to `arrange` in the order of arrival."""

    order_id: str
    intent: Intent
    deadline: datetime
    signal: Signal

    def read_as(self, target: Target) -> "Waiting":
        return replace(self, intent=replace(self.intent, read_as=target), signal=replace(self.signal, target=target))


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What to do with the waiting orders: note the target that counts for these, end those (id, why), then run that
    one.
    """

    expired: tuple[tuple[str, str], ...]
    unneeded: tuple[tuple[str, str], ...]
    reread: tuple[tuple[str, Target], ...]
    superseded: tuple[tuple[str, str], ...]
    runs_next: str | None


def compare(one: Signal, other: Signal) -> int:
    """1 if `one` is newer than `other`, -1 if it is older, 0 if they are of one moment and arrived at one moment.

    Of two of one moment, the one that leaves where the other arrives comes after it; else the arrival decides.
    A sender's clock may be wrong, so a time ahead of its own arrival counts only against another one that is, too.
    Arrivals and times are on one clock.
    """
    arrival = _order(one.arrived, other.arrived)
    if _of_one_moment(one, other):
        return _follows(one, other) - _follows(other, one) or arrival
    if one.sent is None or other.sent is None:
        if one.sent and other.arrived - one.sent > SOON:
            return -1
        if other.sent and one.arrived - other.sent > SOON:
            return 1
        return arrival
    if one.sent > one.arrived and other.sent > other.arrived:
        return _order(one.sent, other.sent)
    return _order(min(one.sent, one.arrived), min(other.sent, other.arrived)) or arrival


def arrange(
    waiting: Sequence[Waiting], now: datetime, last: Signal | None = None, under_way: Signal | None = None
) -> Arrangement:
    """Orders older than their max_age expire, and those that their rule ignores end at once: they supersede nothing.
    Of those for whole positions only the newest stays; partial reversals and exits keep their turn. `last` is what
    `following` made of the orders that ended in a DECISIVE state, `under_way` the signal of the order in flight.

    `now` is on the clock of the deadlines, `last` and `under_way` on that of the other signals.
    """
    unneeded = tuple((order.order_id, IGNORED) for order in waiting if order.intent.ignored)
    effective = [order for order in waiting if not order.intent.ignored]
    expired = tuple((order.order_id, _too_old(order.intent)) for order in effective if order.deadline <= now)
    alive = [order for order in effective if order.deadline > now]
    beside = [*(order.signal for order in alive), *filter(None, (last, under_way))]
    reread = {order.order_id: exit for order in alive if (exit := _exit_beside(order, beside))}
    alive = [order.read_as(reread[order.order_id]) if order.order_id in reread else order for order in alive]
    # A partial reversal is never pointless: each is a step of its own.
    whole = [order for order in alive if order.intent.whole and not order.signal.exits]
    superseded = dict(_superseded(whole, last))
    entry = next((order for order in whole if order.order_id not in superseded), None)
    exits = _Exits(entry, following(last, under_way) if under_way else last)
    for order in alive:
        if side := order.signal.exits:
            exits.judge(order, side)
    superseded |= exits.superseded
    in_turn = [order.order_id for order in alive if order.order_id not in (*superseded, *exits.last)]
    runs_next = next(iter((*in_turn, *exits.last)), None)
    reread |= exits.reread
    return Arrangement(expired, unneeded, tuple(reread.items()), tuple(superseded.items()), runs_next)


def following(last: Signal | None, signal: Signal, *, sent: bool = True) -> Signal | None:
    """The lane's newest signal after one more has been decided, and `sent` something or not.

    An exit of the side that is not wanted never changes what is wanted.
    """
    if last and compare(signal, last) < 0:
        return last
    if signal.exits is None or (last and last.side is signal.exits):
        return signal
    if not sent:
        return last
    return replace(signal, target=last.target, leaves=last.leaves) if last and last.side else signal


def _exit_beside(order: Waiting, beside: Sequence[Signal]) -> Target | None:
    """A flat that leaves one side is read as its exit beside a signal of the same moment that turns to the other side:
    senders tell of one turn in two alerts.
    """
    left = order.intent.leaves
    if order.intent.read_as or order.intent.target is not Target.FLAT or left not in _TURN_OF:
        return None
    exit, turned = _TURN_OF[left]
    turns = [other for other in beside if other.target is turned and other.leaves in (Target.FLAT, left)]
    return exit if any(_of_one_moment(order.signal, turn) for turn in turns) else None


class _Exits:
    """Which of the waiting exits count. `entry` is the waiting order for a whole position, `wanted` the newest signal
    of those that do not wait.
    """

    def __init__(self, entry: Waiting | None, wanted: Signal | None) -> None:
        self.entry, self.wanted = entry, wanted
        if entry and (wanted is None or compare(entry.signal, wanted) >= 0):
            self.wanted = entry.signal
        self.superseded: dict[str, str] = {}
        self.reread: dict[str, Target] = {}
        self.last: list[str] = []  # these run after all others

    def judge(self, order: Waiting, side: Leg) -> None:
        if self.wanted is None:
            return
        if self.wanted.side is side.other:
            self.last.append(order.order_id)
        elif compare(order.signal, self.wanted) < 0:
            self.superseded[order.order_id] = "it is older than the lane's newest signal"
        elif self.wanted.side:
            self._counts(order, side)

    def _counts(self, order: Waiting, side: Leg) -> None:
        """It names the side that is wanted, so the lane wants flat now. An entry that has not been sent is left out:
        what it would have turned is closed.
        """
        if self.entry:
            self.superseded[self.entry.order_id] = f"a newer signal exits {side}"
            if self.entry.signal is self.wanted:
                self.reread[order.order_id] = Target.FLAT
        self.entry, self.wanted = None, order.signal


def _superseded(whole: Sequence[Waiting], last: Signal | None) -> Iterator[tuple[str, str]]:
    """Orders for whole positions that a newer signal has made pointless, and why."""
    standing = []
    for order in whole:
        if last and compare(order.signal, last) < 0:
            yield order.order_id, _carried_out(last)
        else:
            standing.append(order)
    newest = _newest(standing)
    if newest:
        yield from ((order.order_id, _newer(newest)) for order in standing if order is not newest)


def _newest(orders: Sequence[Waiting]) -> Waiting | None:
    """Compared one by one, so that one is always found: with and without times, signals can be newer in a circle."""
    found: Waiting | None = None
    for order in orders:
        if found is None or compare(order.signal, found.signal) >= 0:
            found = order
    return found


def _order(one: datetime, other: datetime) -> int:
    return int(one > other) - int(one < other)


def _of_one_moment(one: Signal, other: Signal) -> bool:
    """By the times of their senders, at the coarser of their steps. Without any, two that arrive close together."""
    if one.sent and other.sent:
        step = max(one.step, other.step)
        return (one.sent - START) // step == (other.sent - START) // step
    return not one.sent and not other.sent and abs(one.arrived - other.arrived) <= SOON


def _follows(one: Signal, other: Signal) -> bool:
    """Whether it leaves where the other arrives. What arrives where it leaves says nothing, and no entry of a side
    follows the exit of that side: it comes before it.
    """
    if one.leaves is one.arrives or (one.side and one.side is other.exits):
        return False
    return one.leaves is not None and one.leaves is other.arrives


def _newer(order: Waiting) -> str:
    return f"a newer signal wants {order.intent.aim}"


def _carried_out(signal: Signal) -> str:
    when = f"sent at {signal.sent:%H:%M:%S} UTC" if signal.sent else f"received at {signal.arrived:%H:%M:%S} UTC"
    return f"a newer signal, {when}, has already been carried out"


def _too_old(intent: Intent) -> str:
    return f"it was not carried out before {intent.expires_at:%Y-%m-%d %H:%M:%S} UTC, the end of the rule's max_age"
