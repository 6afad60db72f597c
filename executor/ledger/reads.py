"""Reading the ledger: orders, receipts, and the lanes that have something to do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, TextClause, bindparam, func, or_, select

from executor.core.order import Intent, Lane, State
from executor.core.position import Position
from executor.core.reversal import Operation
from executor.ledger.history import steps
from executor.ledger.prepared import Prepared
from executor.ledger.receipt import Differing, Receipt
from executor.ledger.rows import KeyInUse, OrderRow, SendRow, from_microseconds, to_microseconds
from executor.ledger.tables import alerts, has_differed, in_flight, orders, sends, unfinished

MOST_DIFFERING = 5  # on the overview
# Of unfinished orders: those at the exchange, and those that need not wait (any longer). `now` is the ledger's clock.
DUE = or_(
    orders.c.state != State.QUEUED.value,
    orders.c.not_before.is_(None),
    orders.c.not_before <= bindparam("now", type_=BigInteger),
)
_ORDERS = select(*(column for column in orders.c if column is not orders.c.history))
_OF_RECEIPT = _ORDERS.where(orders.c.receipt == bindparam("receipt")).order_by(orders.c.seq)
_OF_LANE = _ORDERS.where(
    orders.c.account == bindparam("account"), orders.c.symbol == bindparam("symbol"), unfinished
).order_by(orders.c.seq)
_SENDS = select(sends).where(sends.c.order_id.in_(bindparam("ids", expanding=True))).order_by(sends.c.attempt)
_ALERT = select(alerts).where(alerts.c.receipt == bindparam("receipt"))
_DIFFERING = (
    select(alerts)
    .where(alerts.c.differed_at >= bindparam("since"), has_differed)
    .order_by(alerts.c.differed_at.desc())
    .limit(MOST_DIFFERING)
)
_HISTORY = select(orders.c.id, orders.c.history).where(orders.c.receipt == bindparam("receipt"))
# The order that is in flight at an account of the exchange, under whatever name. A null key is no account's.
OF_KEY = (
    select(orders.c.account, orders.c.symbol, orders.c.receipt)
    .where(orders.c.key_mark == bindparam("of_key"), orders.c.symbol == bindparam("of_symbol"), in_flight)
    .limit(1)
)
_OF_KEY = Prepared(OF_KEY)
_COUNT_UNFINISHED = Prepared(
    select(orders.c.account, orders.c.symbol, func.count())
    .where(unfinished)
    .group_by(orders.c.account, orders.c.symbol)
)


def count_unfinished(connection: Connection) -> dict[Lane, int]:
    """How many of each lane that has some."""
    rows = _COUNT_UNFINISHED.rows(connection, {})
    return {Lane(account, symbol): int(number) for account, symbol, number in rows}


def key_in_use(connection: Connection, key_mark: str, symbol: str) -> KeyInUse | None:
    """The order that is in flight for this symbol at the account with that key, whatever its name."""
    row = _OF_KEY.first(connection, {"of_key": key_mark or None, "of_symbol": symbol})
    return KeyInUse(Lane(row[0], row[1]), row[2]) if row else None


def orders_in_flight(connection: Connection) -> tuple[OrderRow, ...]:
    """Oldest first."""
    return orders_where(connection, in_flight)


def orders_of(connection: Connection, receipt: str) -> tuple[OrderRow, ...]:
    return _with_sends(connection, connection.execute(_OF_RECEIPT, {"receipt": receipt}).all())


def unfinished_of(connection: Connection, lane: Lane) -> tuple[OrderRow, ...]:
    """Oldest first."""
    found = connection.execute(_OF_LANE, {"account": lane.account, "symbol": lane.symbol}).all()
    return _with_sends(connection, found)


def orders_where(connection: Connection, condition: ColumnElement[bool] | TextClause) -> tuple[OrderRow, ...]:
    """Oldest first."""
    return _with_sends(connection, connection.execute(_ORDERS.where(condition).order_by(orders.c.seq)).all())


def newest_orders(
    connection: Connection,
    *,
    state: State | None = None,
    account: str | None = None,
    symbol: str | None = None,
    since: datetime | None = None,
    limit: int,
) -> tuple[OrderRow, ...]:
    wanted: Select[Any] = _ORDERS.order_by(orders.c.seq.desc()).limit(limit)
    if state:
        wanted = wanted.where(orders.c.state == state.value)
    if account:
        wanted = wanted.where(orders.c.account == account)
    if symbol:
        wanted = wanted.where(orders.c.symbol == symbol)
    if since:
        wanted = wanted.where(orders.c.updated_at >= to_microseconds(since))
    return _with_sends(connection, connection.execute(wanted).all())


def receipt(connection: Connection, name: str) -> Receipt | None:
    alert = connection.execute(_ALERT, {"receipt": name}).first()
    if alert is None:
        return None
    found = orders_of(connection, name)
    history = {row.id: steps(row.history) for row in connection.execute(_HISTORY, {"receipt": name})}
    received_at = from_microseconds(alert.received_at)
    return Receipt(alert.receipt, received_at, alert.sender, alert.fields, found, history, _differing(alert))


def differing_since(connection: Connection, since: datetime) -> tuple[Differing, ...]:
    """Alerts under whose keys others came since then, with other bodies; the newest first."""
    rows = connection.execute(_DIFFERING, {"since": to_microseconds(since)})
    return tuple(found for row in rows if (found := _differing(row)))


def _differing(alert: Row[Any]) -> Differing | None:
    if alert.differed_at is None:
        return None
    return Differing(alert.receipt, alert.sender, alert.differed, from_microseconds(alert.differed_at))


def _with_sends(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[OrderRow, ...]:
    sent = [row.id for row in rows if row.attempt]
    by_order: dict[str, list[SendRow]] = {}
    for row in connection.execute(_SENDS, {"ids": sent}) if sent else ():
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
    intent = Intent.from_json(row.intent)
    return OrderRow(
        seq=row.seq,
        id=row.id,
        receipt=row.receipt,
        intent=intent,
        state=State(row.state),
        reason=row.reason,
        attempt=row.attempt,
        not_before=from_microseconds(row.not_before) if row.not_before is not None else None,
        position_before=_position(row.position_before),
        position_after=_position(row.position_after),
        plan=_position(row.plan),
        decided=row.decided,
        config_digest=row.config_digest,
        updated_at=from_microseconds(row.updated_at),
        awaits=row.awaits,
        may_run_until=None if row.may_run_until is None else from_microseconds(row.may_run_until),
        arrived_at=from_microseconds(row.updated_at if row.arrived_at is None else row.arrived_at),
        deadline=intent.expires_at if row.deadline is None else from_microseconds(row.deadline),
        sends=its_sends,
    )


def _position(data: dict[str, str] | None) -> Position | None:
    return None if data is None else Position.from_json(data)
