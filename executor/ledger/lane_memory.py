"""What a lane's last order left behind, for the process that claims the lane next. `now` is the ledger's clock."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, update

from executor.core.order import Lane
from executor.core.position import Leg, Position
from executor.ledger.prepared import Prepared, as_json
from executor.ledger.rows import LaneMemory, from_microseconds, to_microseconds
from executor.ledger.tables import lanes

COLUMNS = (lanes.c.position_before, lanes.c.ended_at, lanes.c.long_guarded_until, lanes.c.short_guarded_until)
_THE_LANE = (lanes.c.account == bindparam("of_account"), lanes.c.symbol == bindparam("of_symbol"))
_REMEMBER = Prepared(
    update(lanes)
    .where(*_THE_LANE)
    .values(position_before=bindparam("before", type_=lanes.c.position_before.type), ended_at=bindparam("now"))
)
_GUARD = {
    leg: Prepared(update(lanes).where(*_THE_LANE).values({f"{leg}_guarded_until": bindparam("until")})) for leg in Leg
}


def remember(connection: Connection, lane: Lane, before: Position, now: datetime) -> None:
    """What was held before an order that has ended: a read that lags may still show it."""
    facts = {"before": as_json(before.to_json()), "now": to_microseconds(now)}
    _REMEMBER.run(connection, _place(lane) | facts)


def guard(connection: Connection, lane: Lane, legs: Mapping[Leg, timedelta], now: datetime) -> None:
    """For so long, nothing is to build up these legs."""
    for leg, time in legs.items():
        _GUARD[leg].run(connection, _place(lane) | {"until": to_microseconds(now + time)})


def remembered(row: Any, now: datetime) -> LaneMemory:
    """From the values of COLUMNS."""
    before, ended_at, *guards = row
    found = json.loads(before) if isinstance(before, str) else before  # the drivers differ
    until = {leg: from_microseconds(guarded) for leg, guarded in zip(Leg, guards, strict=True) if guarded}
    return LaneMemory(
        None if found is None else Position.from_json(found),
        timedelta(0) if ended_at is None else now - from_microseconds(ended_at),
        {leg: end - now for leg, end in until.items() if end > now},
    )


def _place(lane: Lane) -> dict[str, str]:
    return {"of_account": lane.account, "of_symbol": lane.symbol}
