"""Halts: an order to send nothing, for everything, an account, a symbol or a lane. They stand in the ledger, so that
every process obeys at once: no order is marked sent while one covers its lane.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from executor.core.order import Lane
from executor.ledger.rows import Halt, HaltScope, from_microseconds, to_microseconds
from executor.ledger.tables import halts


def halt(
    connection: Connection,
    scope: HaltScope,
    author: str,
    reason: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> Halt:
    row = connection.execute(
        insert(halts)
        .values(
            account=scope.account,
            symbol=scope.symbol,
            author=author,
            reason=reason,
            at=to_microseconds(now),
            expires_at=None if expires_at is None else to_microseconds(expires_at),
        )
        .returning(halts)
    ).one()
    return _halt(row)


def resume(connection: Connection, scope: HaltScope, author: str, now: datetime) -> int:
    """Lift the halts of exactly this scope; how many were in force."""
    same = (halts.c.account.is_not_distinct_from(scope.account), halts.c.symbol.is_not_distinct_from(scope.symbol))
    lifted = {"lifted_at": to_microseconds(now), "lifted_by": author}
    return connection.execute(update(halts).where(_in_force(now), *same).values(lifted)).rowcount


def halts_in_force(connection: Connection, now: datetime) -> tuple[Halt, ...]:
    return tuple(map(_halt, connection.execute(select(halts).where(_in_force(now)).order_by(halts.c.id))))


def halt_over(connection: Connection, lane: Lane, now: datetime) -> Halt | None:
    """The oldest halt in force that covers the lane."""
    covers = (
        or_(halts.c.account.is_(None), halts.c.account == lane.account),
        or_(halts.c.symbol.is_(None), halts.c.symbol == lane.symbol),
    )
    row = connection.execute(select(halts).where(_in_force(now), *covers).order_by(halts.c.id).limit(1)).first()
    return _halt(row) if row else None


def _in_force(now: datetime) -> ColumnElement[bool]:
    unexpired = or_(halts.c.expires_at.is_(None), halts.c.expires_at > to_microseconds(now))
    return halts.c.lifted_at.is_(None) & unexpired


def _halt(row: Row[Any]) -> Halt:
    return Halt(
        id=row.id,
        scope=HaltScope(row.account, row.symbol),
        author=row.author,
        reason=row.reason,
        at=from_microseconds(row.at),
        expires_at=None if row.expires_at is None else from_microseconds(row.expires_at),
    )
