"""What a lane's row keeps for the process that claims it next: the newest decisive signal, the last order, guards."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, update

from executor.core.order import Lane
from executor.core.position import Leg, Position, Target
from executor.core.precedence import Signal
from executor.ledger.columns import (
    MICROSECOND,
    from_microseconds,
    microseconds_or_none,
    moment_or_none,
    position_json,
    position_of,
    to_microseconds,
)
from executor.ledger.records import LaneMemory
from executor.ledger.statements import Compiled
from executor.ledger.tables import lanes
from executor.ledger.transactions import Transaction

THE_LANE = (
    lanes.c.account == bindparam("of_account"),
    lanes.c.symbol == bindparam("of_symbol"),
)
LAST_SIGNAL = (
    lanes.c.last_signal_at,
    lanes.c.last_signal_step,
    lanes.c.last_arrived_at,
    lanes.c.last_target,
    lanes.c.last_leaves,
)
MEMORY = (
    lanes.c.position_before,
    lanes.c.ended_at,
    lanes.c.long_guarded_until,
    lanes.c.short_guarded_until,
)
_REMEMBER = Compiled(
    update(lanes)
    .where(*THE_LANE)
    .values(
        position_before=bindparam("before", type_=lanes.c.position_before.type),
        ended_at=bindparam("now"),
    )
)
_GUARD = {
    leg: Compiled(update(lanes).where(*THE_LANE).values({f"{leg}_guarded_until": bindparam("until")}))
    for leg in Leg
}  # fmt: skip


def lane_key(lane: Lane) -> dict[str, Any]:
    return {"of_account": lane.account, "of_symbol": lane.symbol}


def remember_position(tx: Transaction, lane: Lane, before: Position) -> None:
    """Keep what was held before an order that has ended: a read that lags may still show it."""
    facts = {"before": position_json(before), "now": tx.now_microseconds}
    _REMEMBER.run(tx.connection, lane_key(lane) | facts)


def guard_legs(tx: Transaction, lane: Lane, legs: Mapping[Leg, timedelta]) -> None:
    """For that time, nothing is to build up these legs."""
    for leg, time in legs.items():
        until = {"until": tx.microseconds_after(time)}
        _GUARD[leg].run(tx.connection, lane_key(lane) | until)


def signal_columns(signal: Signal) -> dict[str, int | str | None]:
    return {
        "last_signal_at": microseconds_or_none(signal.sent),
        "last_signal_step": signal.step // MICROSECOND,
        "last_arrived_at": to_microseconds(signal.arrived),
        "last_target": signal.target and str(signal.target),
        "last_leaves": signal.leaves and str(signal.leaves),
    }


def last_signal_of(row: Sequence[Any]) -> Signal | None:
    """From the values of LAST_SIGNAL. Older rows have no arrival: the time of sending stood for it."""
    sent, step, arrived, target, leaves = row
    known = sent if arrived is None else arrived
    if known is None:
        return None
    return Signal(
        from_microseconds(known),
        moment_or_none(sent),
        (step or 1) * MICROSECOND,
        Target(target) if target else None,
        Target(leaves) if leaves else None,
    )


def memory_of(tx: Transaction, row: Sequence[Any]) -> LaneMemory:
    """From the values of MEMORY."""
    before, ended_at, *guards = row
    until = {leg: from_microseconds(end) for leg, end in zip(Leg, guards, strict=True) if end}
    return LaneMemory(
        position_before=position_of(before),
        ended_ago=timedelta(0) if ended_at is None else tx.now - from_microseconds(ended_at),
        guarded={leg: end - tx.now for leg, end in until.items() if end > tx.now},
    )
