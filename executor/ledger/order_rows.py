"""Orders and their sendings, read from the tables. For subjects, within their transactions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, TextClause, bindparam, func, or_, select

from executor.core.order import Intent, Lane, State
from executor.core.reversal import Operation
from executor.ledger.columns import from_microseconds, moment_or_none, position_of
from executor.ledger.records import KeyInUse, OrderRow, SendRow
from executor.ledger.statements import Compiled
from executor.ledger.tables import in_flight, orders, sends, unfinished
from executor.ledger.transactions import Transaction

# Of unfinished orders: those at the exchange, and those that need not wait (any longer)
DUE = or_(
    orders.c.state != State.QUEUED.value,
    orders.c.not_before.is_(None),
    orders.c.not_before <= bindparam("now", type_=BigInteger),
)
# The order in flight at an account of the exchange, whatever its name. A key that is null is of no account.
OF_KEY = (
    select(orders.c.account, orders.c.symbol, orders.c.receipt)
    .where(orders.c.key_mark == bindparam("of_key"))
    .where(orders.c.symbol == bindparam("of_symbol"), in_flight)
    .limit(1)
)
# The history grows with every step, and only a receipt shows it.
ORDERS = select(*(column for column in orders.c if column is not orders.c.history))
_OF_RECEIPT = ORDERS.where(orders.c.receipt == bindparam("receipt")).order_by(orders.c.seq)
_OF_LANE = (
    ORDERS.where(orders.c.account == bindparam("account"))
    .where(orders.c.symbol == bindparam("symbol"), unfinished)
    .order_by(orders.c.seq)
)
_SENDS = (
    select(sends)
    .where(sends.c.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(sends.c.attempt)
)  # fmt: skip
_OF_KEY = Compiled(OF_KEY)
_COUNT_UNFINISHED = Compiled(
    select(orders.c.account, orders.c.symbol, func.count())
    .where(unfinished)
    .group_by(orders.c.account, orders.c.symbol)
)


def count_unfinished(tx: Transaction) -> dict[Lane, int]:
    """Of each lane that has unfinished orders: how many."""
    rows = _COUNT_UNFINISHED.rows(tx.connection, {})
    return {Lane(account, symbol): int(number) for account, symbol, number in rows}


def order_with_key(tx: Transaction, key_mark: str, symbol: str) -> KeyInUse | None:
    """The order in flight for this symbol at the account with that key, whatever its name."""
    row = _OF_KEY.first(tx.connection, {"of_key": key_mark or None, "of_symbol": symbol})
    if row is None:
        return None
    account, its_symbol, receipt = row
    return KeyInUse(Lane(account, its_symbol), receipt)


def orders_of(tx: Transaction, receipt: str) -> tuple[OrderRow, ...]:
    """Oldest first."""
    return _with_sends(tx, tx.connection.execute(_OF_RECEIPT, {"receipt": receipt}).all())


def unfinished_of(tx: Transaction, lane: Lane) -> tuple[OrderRow, ...]:
    """Oldest first."""
    wanted = {"account": lane.account, "symbol": lane.symbol}
    return _with_sends(tx, tx.connection.execute(_OF_LANE, wanted).all())


def orders_where(tx: Transaction, condition: ColumnElement[bool] | TextClause) -> tuple[OrderRow, ...]:
    """Oldest first."""
    return selected_orders(tx, ORDERS.where(condition).order_by(orders.c.seq))


def selected_orders(tx: Transaction, wanted: Select[Any]) -> tuple[OrderRow, ...]:
    """`wanted` is made from ORDERS."""
    return _with_sends(tx, tx.connection.execute(wanted).all())


def _with_sends(tx: Transaction, rows: Sequence[Row[Any]]) -> tuple[OrderRow, ...]:
    sent = [row.id for row in rows if row.attempt]
    by_order: dict[str, list[SendRow]] = {}
    for row in tx.connection.execute(_SENDS, {"ids": sent}) if sent else ():
        by_order.setdefault(row.order_id, []).append(_send(row))
    return tuple(_order(row, tuple(by_order.get(row.id, ()))) for row in rows)


def _send(row: Row[Any]) -> SendRow:
    return SendRow(
        attempt=row.attempt,
        client_order_id=row.client_order_id,
        operation=Operation(row.operation),
        request=row.request,
        signed_at=from_microseconds(row.signed_at),
        at=from_microseconds(row.at),
        outcome=row.outcome,
        exchange_order_id=row.exchange_order_id,
        answered=None if row.answered is None else bool(row.answered),
        key_mark=row.key_mark,
    )


def _order(row: Row[Any], its_sends: tuple[SendRow, ...]) -> OrderRow:
    """Rows older than the columns `arrived_at` and `deadline` have neither."""
    intent = Intent.from_json(row.intent)
    updated_at = from_microseconds(row.updated_at)
    return OrderRow(
        seq=row.seq,
        id=row.id,
        receipt=row.receipt,
        intent=intent,
        state=State(row.state),
        reason=row.reason,
        attempt=row.attempt,
        not_before=moment_or_none(row.not_before),
        position_before=position_of(row.position_before),
        position_after=position_of(row.position_after),
        plan=position_of(row.plan),
        decided=row.decided,
        config_digest=row.config_digest,
        updated_at=updated_at,
        awaits=row.awaits,
        may_run_until=moment_or_none(row.may_run_until),
        arrived_at=moment_or_none(row.arrived_at) or updated_at,
        deadline=moment_or_none(row.deadline) or intent.expires_at,
        sends=its_sends,
    )
