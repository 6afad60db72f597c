"""Taking an alert into the ledger: once, however often and wherever it arrives."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from executor.core.order import Intent, State, order_id
from executor.ledger.reads import orders_of
from executor.ledger.rows import NewAlert, Recorded, plain, to_microseconds
from executor.ledger.tables import alerts, dedupe, lanes, orders, transitions

Upsert = sqlite.Insert | postgresql.Insert
_DIALECTS = ("sqlite", "postgresql")

_NEW_ALERT, _NEW_ORDER, _NEW_TRANSITION = insert(alerts), insert(orders), insert(transitions)
_FIRST = select(dedupe.c.receipt, dedupe.c.digest).where(dedupe.c.key == bindparam("k"))


def _into(dialect: str, table: Table) -> Upsert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _take_key(dialect: str) -> ReturningInsert[tuple[Any, ...]]:
    """Insert the key, or take over one that has expired; no row comes back if it is another's still."""
    new = _into(dialect, dedupe)
    return new.on_conflict_do_update(
        index_elements=[dedupe.c.key],
        set_={name: new.excluded[name] for name in ("receipt", "digest", "expires_at")},
        where=dedupe.c.expires_at <= bindparam("now"),
    ).returning(dedupe.c.receipt)


def _make_lane(dialect: str) -> Upsert:
    return _into(dialect, lanes).on_conflict_do_nothing()


_TAKE_KEY = {dialect: _take_key(dialect) for dialect in _DIALECTS}
_MAKE_LANE = {dialect: _make_lane(dialect) for dialect in _DIALECTS}


def record_alert(connection: Connection, alert: NewAlert, intents: Sequence[Intent]) -> Recorded:
    """Store the alert with an order for each intent, unless its key is taken: then say by whom."""
    received_at = to_microseconds(alert.received_at)
    key = {
        "key": alert.dedupe_key,
        "receipt": alert.receipt,
        "digest": alert.digest,
        "expires_at": to_microseconds(alert.dedupe_until),
    }
    if connection.execute(_TAKE_KEY[connection.dialect.name], key | {"now": received_at}).first() is None:
        first = connection.execute(_FIRST, {"k": alert.dedupe_key}).one()
        return Recorded(first.receipt, True, first.digest != alert.digest, orders_of(connection, first.receipt))
    connection.execute(_NEW_ALERT, _alert_row(alert, received_at))
    if intents:
        _queue(connection, alert, intents, received_at)
    return Recorded(alert.receipt, False, False)


def _alert_row(alert: NewAlert, received_at: int) -> dict[str, object]:
    return {
        "receipt": alert.receipt,
        "sender": alert.sender,
        "fields": plain(alert.fields),
        "digest": alert.digest,
        "received_at": received_at,
        "config_digest": alert.config_digest,
    }


def _queue(connection: Connection, alert: NewAlert, intents: Sequence[Intent], now: int) -> None:
    ids = [order_id(alert.receipt, intent.lane, intent.rule) for intent in intents]
    queued = State.QUEUED.value
    connection.execute(
        _NEW_ORDER,
        [
            {
                "id": new_id,
                "receipt": alert.receipt,
                "account": intent.account,
                "symbol": intent.symbol,
                "rule": intent.rule,
                "intent": intent.to_json(),
                "state": queued,
                "config_digest": alert.config_digest,
                "updated_at": now,
            }
            for new_id, intent in zip(ids, intents, strict=True)
        ],
    )
    connection.execute(_NEW_TRANSITION, [{"order_id": new_id, "state": queued, "at": now} for new_id in ids])
    made = [{"account": intent.account, "symbol": intent.symbol} for intent in intents]
    connection.execute(_MAKE_LANE[connection.dialect.name], made)
