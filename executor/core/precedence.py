"""Which of a lane's waiting orders runs next, and which a newer signal has made pointless."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from executor.core.order import FINEST, IGNORED, Intent

START = datetime.min.replace(tzinfo=UTC)  # where steps are counted from
SOON = timedelta(seconds=2)  # for an alert to be on its way


@dataclass(frozen=True, slots=True)
class Signal:
    """When a signal arrived and, if its rule reads it, when its sender says it was sent, in steps of that size."""

    arrived: datetime
    sent: datetime | None = None
    step: timedelta = FINEST

    @classmethod
    def of(cls, intent: Intent, arrived: datetime) -> Self:
        return cls(arrived, intent.signal_time, intent.signal_step)

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


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What to do with the waiting orders: end these (id, why), then run that one."""

    expired: tuple[tuple[str, str], ...]
    unneeded: tuple[tuple[str, str], ...]
    superseded: tuple[tuple[str, str], ...]
    runs_next: str | None


def compare(one: Signal, other: Signal) -> int:
    """1 if `one` is newer than `other`, -1 if it is older, 0 if they are of one moment and arrived at one moment.

    A sender's clock may be wrong, so a time ahead of its own arrival counts only against another one that is, too.
    Arrivals and times are on one clock.
    """
    arrival = _order(one.arrived, other.arrived)
    if one.sent is None or other.sent is None:
        if one.sent and other.arrived - one.sent > SOON:
            return -1
        if other.sent and one.arrived - other.sent > SOON:
            return 1
        return arrival
    if _same_moment(one.sent, other.sent, max(one.step, other.step)):
        return arrival
    if one.sent > one.arrived and other.sent > other.arrived:
        return _order(one.sent, other.sent)
    return _order(min(one.sent, one.arrived), min(other.sent, other.arrived)) or arrival


def arrange(waiting: Sequence[Waiting], now: datetime, last: Signal | None = None) -> Arrangement:
    """Orders older than their max_age expire, and those that their rule ignores end at once: they supersede nothing.
    Of those for whole positions only the newest stays; the rest keep their turn. `last` is the newest signal of an
    order that ended in a DECISIVE state, but for ignored ones.

    `now` is on the clock of the deadlines, `last` on that of the other signals.
    """
    unneeded = tuple((order.order_id, IGNORED) for order in waiting if order.intent.ignored)
    effective = [order for order in waiting if not order.intent.ignored]
    expired = tuple((order.order_id, _too_old(order.intent)) for order in effective if order.deadline <= now)
    alive = [order for order in effective if order.deadline > now]
    # A partial reversal is never pointless: each is a step of its own.
    whole = [order for order in alive if order.intent.whole]
    superseded = dict(_superseded(whole, last))
    runs_next = next((order.order_id for order in alive if order.order_id not in superseded), None)
    return Arrangement(expired, unneeded, tuple(superseded.items()), runs_next)


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


def _same_moment(one: datetime, other: datetime, step: timedelta) -> bool:
    return (one - START) // step == (other - START) // step


def _newer(order: Waiting) -> str:
    return f"a newer signal wants {order.intent.target}"


def _carried_out(signal: Signal) -> str:
    when = f"sent at {signal.sent:%H:%M:%S} UTC" if signal.sent else f"received at {signal.arrived:%H:%M:%S} UTC"
    return f"a newer signal, {when}, has already been carried out"


def _too_old(intent: Intent) -> str:
    return f"it was not carried out before {intent.expires_at:%Y-%m-%d %H:%M:%S} UTC, the end of the rule's max_age"
