"""Which of a lane's waiting orders runs next, and which a newer signal has made pointless."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from executor.core.order import Intent


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued order, and the end of its max_age. Given to `arrange` in the order of arrival."""

    order_id: str
    intent: Intent
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What to do with the waiting orders: end these (id, why), then run that one."""

    expired: tuple[tuple[str, str], ...]
    superseded: tuple[tuple[str, str], ...]
    runs_next: str | None


def arrange(waiting: Sequence[Waiting], now: datetime, last_signal_at: datetime | None = None) -> Arrangement:
    """Orders older than their max_age expire; of those for whole positions only the newest stays; the rest keep
    their turn. `last_signal_at` is the newest signal time that has already had its say on this lane.

    `now` is on the clock of the deadlines.
    """
    expired = tuple((order.order_id, _too_old(order.intent)) for order in waiting if order.deadline <= now)
    gone = {order_id for order_id, _ in expired}
    alive = [order for order in waiting if order.order_id not in gone]
    superseded = tuple(
        (order.order_id, reason)
        for place, order in enumerate(alive)
        if (reason := _superseded(order, alive[:place], alive[place + 1 :], last_signal_at))
    )
    gone = {order_id for order_id, _ in superseded}
    runs_next = next((order.order_id for order in alive if order.order_id not in gone), None)
    return Arrangement(expired, superseded, runs_next)


def _superseded(
    order: Waiting, earlier: Sequence[Waiting], later: Sequence[Waiting], last_signal_at: datetime | None
) -> str | None:
    """Why a waiting order is pointless, or None. Partial reversals never are: each is a step of its own."""
    if not order.intent.whole:
        return None
    sent = order.intent.signal_time
    if sent and last_signal_at and sent < last_signal_at:
        return f"a newer signal, sent at {last_signal_at:%H:%M:%S} UTC, has already been carried out"
    newer = [other for other in earlier if other.intent.whole and _sent_after(other, order)]
    newer += [other for other in later if other.intent.whole and not _sent_after(order, other)]
    return f"a newer signal wants {newer[-1].intent.target}" if newer else None


def _sent_after(one: Waiting, other: Waiting) -> bool:
    """Whether the sender's own times say that `one` is newer, against the order of arrival."""
    mine, theirs = one.intent.signal_time, other.intent.signal_time
    return mine is not None and theirs is not None and mine > theirs


def _too_old(intent: Intent) -> str:
    return f"it was not carried out before {intent.expires_at:%Y-%m-%d %H:%M:%S} UTC, the end of the rule's max_age"
