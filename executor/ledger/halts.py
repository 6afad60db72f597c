"""Halts: nothing is sent, for everything, an account, a symbol or a lane. They stand in the ledger, so that
every process obeys at once: no order is marked sent while one covers its lane. They end by the ledger's clock (`now`).
"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, and_, bindparam, insert, or_, select, update

from executor.core.order import Lane
from executor.ledger.prepared import Prepared
from executor.ledger.rows import Halt, HaltScope, from_microseconds, to_microseconds
from executor.ledger.tables import halts

_IN_FORCE = and_(
    halts.c.lifted_at.is_(None),
    or_(halts.c.expires_at.is_(None), halts.c.expires_at > bindparam("now", type_=BigInteger)),
)
_LEFT = halts.c.expires_at - bindparam("now", type_=BigInteger)  # in microseconds
_COLUMNS = [*(halts.c[name] for name in ("id", "account", "symbol", "author", "reason", "at")), _LEFT]
_ALL = select(*_COLUMNS).where(_IN_FORCE).order_by(halts.c.id)
OVER_LANE = _ALL.where(
    or_(halts.c.account.is_(None), halts.c.account == bindparam("account")),
    or_(halts.c.symbol.is_(None), halts.c.symbol == bindparam("symbol")),
).limit(1)
_OVER_LANE = Prepared(OVER_LANE)


def halt(
    connection: Connection,
    scope: HaltScope,
    author: str,
    reason: str,
    at: datetime,
    now: datetime,
    lasts: timedelta | None = None,
) -> Halt:
    """From its commit on no order of the scope is marked sent. `at` is for those who read of it.

    PostgreSQL's mark_sent reads this table: the lock waits for those that have read it, and the next wait for us.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE halts IN ACCESS EXCLUSIVE MODE")
    row = connection.execute(
        insert(halts)
        .values(
            account=scope.account,
            symbol=scope.symbol,
            author=author,
            reason=reason,
            at=to_microseconds(at),
            expires_at=None if lasts is None else to_microseconds(now + lasts),
        )
        .returning(halts.c.id)
    ).one()
    return Halt(row.id, scope, author, reason, at, lasts)


def resume(connection: Connection, scope: HaltScope, author: str, at: datetime, now: datetime) -> int:
    """Lift the halts of exactly this scope; how many were in force."""
    same = (halts.c.account.is_not_distinct_from(scope.account), halts.c.symbol.is_not_distinct_from(scope.symbol))
    lifted = {"lifted_at": to_microseconds(at), "lifted_by": author}
    return connection.execute(
        update(halts).where(_IN_FORCE, *same).values(lifted), {"now": to_microseconds(now)}
    ).rowcount


def halts_in_force(connection: Connection, now: datetime) -> tuple[Halt, ...]:
    return tuple(_halt(*row) for row in connection.execute(_ALL, {"now": to_microseconds(now)}))


def halt_over(connection: Connection, lane: Lane, now: datetime) -> Halt | None:
    """The oldest halt in force that covers the lane."""
    wanted = {"now": to_microseconds(now), "account": lane.account, "symbol": lane.symbol}
    row = _OVER_LANE.first(connection, wanted)
    return _halt(*row) if row else None


def _halt(
    number: int, account: str | None, symbol: str | None, author: str, reason: str, at: int, left: int | None
) -> Halt:
    lasts = None if left is None else timedelta(microseconds=left)
    return Halt(number, HaltScope(account, symbol), author, reason, from_microseconds(at), lasts)
