"""How values are kept in columns, and read back: times, texts, JSON, positions, histories."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from executor.core.order import State
from executor.core.position import Position
from executor.ledger.records import Transition

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Since 1970, UTC."""
    return (moment - EPOCH) // MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def moment_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def microseconds_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)


def as_json(value: Any) -> str | None:
    """For statements of `Compiled`, which know no JSON columns."""
    return None if value is None else json.dumps(value)


def position_json(position: Position | None) -> str | None:
    return None if position is None else as_json(position.to_json())


def position_of(data: Any) -> Position | None:
    """From a JSON column. Beneath SQLAlchemy, SQLite's driver gives text and PostgreSQL's gives a dict."""
    found = json.loads(data) if isinstance(data, str) else data
    return None if found is None else Position.from_json(found)


def plain(value: Any) -> Any:
    """An alert's field as JSON can hold it: Decimals become text, so that no digit is lost."""
    if isinstance(value, str | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def storable(words: str) -> str:
    """Text from the exchange without what a database refuses: NUL, and halves of surrogate pairs."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def history_line(state: State, at: datetime, reason: str = "") -> str:
    """One state that an order came into, for the column `history`, which only grows: one JSON array a line.

    A table of its own would cost each step another statement, and two more
    pages to sync.
    """
    return json.dumps([str(state), to_microseconds(at), reason]) + "\n"


def transitions(history: str) -> tuple[Transition, ...]:
    """Oldest first."""
    lines = [json.loads(line) for line in history.split("\n")[:-1]]
    return tuple(Transition(State(state), from_microseconds(at), reason) for state, at, reason in lines)
