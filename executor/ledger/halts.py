"""Halts: nothing is sent, for everything, an account, a symbol or a lane.

They stand in the ledger, so that every process obeys at once: no order is
marked as sent while a halt covers its lane. They end by the ledger's clock.
"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, and_, bindparam, insert, or_, select, update

from executor.core.order import Lane
from executor.ledger.columns import MICROSECOND, from_microseconds, to_microseconds
from executor.ledger.records import Halt, HaltScope
from executor.ledger.statements import Compiled
from executor.ledger.tables import halts
from executor.ledger.transactions import Subject, Transaction, reading, writing_durably

_NOW = bindparam("now", type_=BigInteger)
_ENDLESS = halts.c.expires_at.is_(None)
_IN_FORCE = and_(halts.c.lifted_at.is_(None), or_(_ENDLESS, halts.c.expires_at > _NOW))
_COLUMNS = (
    halts.c.id,
    halts.c.account,
    halts.c.symbol,
    halts.c.author,
    halts.c.reason,
    halts.c.at,
    halts.c.expires_at - _NOW,  # microseconds left
)
_ALL = select(*_COLUMNS).where(_IN_FORCE).order_by(halts.c.id)
OVER_LANE = _ALL.where(
    or_(halts.c.account.is_(None), halts.c.account == bindparam("account")),
    or_(halts.c.symbol.is_(None), halts.c.symbol == bindparam("symbol")),
).limit(1)
_OVER_LANE = Compiled(OVER_LANE)


class HaltStore(Subject):
    @writing_durably
    def halt(
        self,
        tx: Transaction,
        scope: HaltScope,
        author: str,
        reason: str,
        at: datetime,
        lasts: timedelta | None = None,
    ) -> Halt:
        """From now on no process marks an order of the scope as sent. `at` is on the wall clock; None lasts for ever.

        On PostgreSQL, marking an order as sent reads this table. The lock
        waits for transactions that have read it, and later ones wait for us.
        """
        if tx.dialect == "postgresql":
            tx.connection.exec_driver_sql("LOCK TABLE halts IN ACCESS EXCLUSIVE MODE")
        row = {
            "account": scope.account,
            "symbol": scope.symbol,
            "author": author,
            "reason": reason,
            "at": to_microseconds(at),
            "expires_at": None if lasts is None else tx.microseconds_after(lasts),
        }
        number = tx.connection.execute(insert(halts).values(row).returning(halts.c.id)).scalar_one()
        return Halt(number, scope, author, reason, at, lasts)

    @writing_durably
    def resume(self, tx: Transaction, scope: HaltScope, author: str, at: datetime) -> int:
        """Lift the halts of exactly this scope; how many were in force. `at` is on the wall clock."""
        lift = (
            update(halts)
            .where(_IN_FORCE)
            .where(halts.c.account.is_not_distinct_from(scope.account))
            .where(halts.c.symbol.is_not_distinct_from(scope.symbol))
            .values(lifted_at=to_microseconds(at), lifted_by=author)
        )
        return tx.connection.execute(lift, {"now": tx.now_microseconds}).rowcount

    @reading
    def in_force(self, tx: Transaction) -> tuple[Halt, ...]:
        """Oldest first."""
        return halts_in_force(tx)


def halts_in_force(tx: Transaction) -> tuple[Halt, ...]:
    rows = tx.connection.execute(_ALL, {"now": tx.now_microseconds})
    return tuple(_halt(*row) for row in rows)


def halt_over(tx: Transaction, lane: Lane) -> Halt | None:
    """The oldest halt in force that covers the lane."""
    wanted = {
        "now": tx.now_microseconds,
        "account": lane.account,
        "symbol": lane.symbol,
    }
    row = _OVER_LANE.first(tx.connection, wanted)
    return _halt(*row) if row else None


def _halt(
    number: int,
    account: str | None,
    symbol: str | None,
    author: str,
    reason: str,
    at: int,
    left: int | None,
) -> Halt:
    lasts = None if left is None else left * MICROSECOND
    return Halt(number, HaltScope(account, symbol), author, reason, from_microseconds(at), lasts)
