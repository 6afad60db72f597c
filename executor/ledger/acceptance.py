"""Taking an alert into the ledger: once, however often and wherever it arrives."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, delete, insert, select, update

from executor.core.order import Intent, Lane, State, order_id
from executor.ledger.claims import claim_unused
from executor.ledger.history import step
from executor.ledger.prepared import Prepared, Statement, as_json, upsert
from executor.ledger.progress import note_send
from executor.ledger.reads import orders_of
from executor.ledger.rows import Departure, NewAlert, Recorded, plain, to_microseconds
from executor.ledger.tables import alerts, dedupe, lanes, orders

_FIRST = select(dedupe.c.receipt, dedupe.c.digest).where(dedupe.c.key == bindparam("k"))
_KNOWN = (
    select(dedupe.c.receipt)
    .where(
        dedupe.c.key.in_(bindparam("keys", expanding=True)), dedupe.c.expires_at > bindparam("now", type_=BigInteger)
    )
    .limit(1)
)
_GIVE_KEYS = (
    update(dedupe)
    .where(dedupe.c.key.in_(bindparam("keys", expanding=True)))
    .values(receipt=bindparam("first"), digest=bindparam("body"))
)
_NOTE_DIFFERENCE = (
    update(alerts)
    .where(alerts.c.receipt == bindparam("first"))
    .values(differed=alerts.c.differed + 1, differed_at=bindparam("at"))
)
WHOLE = ""  # no rule's name: the key repeats the whole alert
_NEW_ALERT, _NEW_ORDER = Prepared(insert(alerts)), Prepared(insert(orders))


class First(NamedTuple):
    """The alert that has a key."""

    receipt: str
    digest: str


def _take_key(dialect: str) -> Statement:
    """Insert the key, or take over one that has expired; no row is changed while it is another's."""
    new = upsert(dialect, dedupe)
    return new.on_conflict_do_update(
        index_elements=[dedupe.c.key],
        set_={name: new.excluded[name] for name in ("receipt", "digest", "expires_at")},
        where=dedupe.c.expires_at <= bindparam("now"),
    )


_TAKE_KEY = Prepared(_take_key)
_MAKE_LANE = Prepared(lambda dialect: upsert(dialect, lanes).on_conflict_do_nothing())


def knows(connection: Connection, keys: Iterable[str], now: datetime) -> bool:
    """`now` is the ledger's clock."""
    return connection.execute(_KNOWN, {"keys": list(keys), "now": to_microseconds(now)}).first() is not None


def sweep_dedupe(connection: Connection, now: datetime) -> None:
    """`now` is the ledger's clock."""
    connection.execute(delete(dedupe).where(dedupe.c.expires_at <= to_microseconds(now)))


def record_alert(
    connection: Connection, alert: NewAlert, intents: Sequence[Intent], departures: Sequence[Departure] = ()
) -> Recorded:
    """Store the alert with an order for each intent, but for rules whose key is taken: then say by whom.

    An order whose departure can be claimed is stored as sent, all others as queued.
    """
    taken = _taken(connection, alert)
    repeated = {alert.rule_of.get(key, WHOLE): first.receipt for key, first in taken.items()}
    intents = [intent for intent in intents if not repeated.keys() & {WHOLE, intent.rule}]
    for first in sorted(set(taken.values())):
        _note_difference(connection, first, alert)
    if taken and not intents:
        return _repetition(connection, alert, taken)
    _NEW_ALERT.run(connection, _alert_row(alert))
    of_lane = {departure.claim.lane: departure for departure in departures}
    claims = []
    for intent in sorted(intents, key=_lane):  # in one order for everybody, so that none block each other
        departure = of_lane.get(intent.lane)
        if departure is None or departure.claim.fence == 1:  # else the lane has been used, and so exists
            _MAKE_LANE.run(connection, {"account": intent.account, "symbol": intent.symbol})
        if departure and claim_unused(connection, departure, alert.arrived_at):
            claims.append(departure.claim)
        else:
            of_lane.pop(intent.lane, None)
    for intent in intents:
        _store(connection, alert, intent, of_lane.get(intent.lane))
    differs = any(first.digest != alert.digest for first in taken.values())
    return Recorded(alert.receipt, False, differs, claims=tuple(claims), repeated=repeated)


def _lane(intent: Intent) -> Lane:
    return intent.lane


def _taken(connection: Connection, alert: NewAlert) -> dict[str, First]:
    """The keys that an earlier alert has. All others are this one's from now on.

    In one order for every alert, so that two that are taken in at once never wait for each other.
    """
    taken = {}
    for key, window in sorted(alert.keys.items()):
        until = to_microseconds(alert.arrived_at + window)
        row = {"key": key, "receipt": alert.receipt, "digest": alert.digest, "expires_at": until}
        if not _TAKE_KEY.run(connection, row | {"now": to_microseconds(alert.arrived_at)}):
            taken[key] = First(*connection.execute(_FIRST, {"k": key}).one())
    return taken


def _repetition(connection: Connection, alert: NewAlert, taken: Mapping[str, First]) -> Recorded:
    """Nothing of the alert is new. It repeats the one with the same body if there is one; that one gets the keys which
    were free.
    """
    first = min((taken[key] for key in alert.keys if key in taken), key=lambda each: each.digest != alert.digest)
    if free := alert.keys.keys() - taken.keys():
        connection.execute(_GIVE_KEYS, {"keys": sorted(free), "first": first.receipt, "body": first.digest})
    differs = first.digest != alert.digest
    return Recorded(first.receipt, True, differs, orders_of(connection, first.receipt))


def _note_difference(connection: Connection, first: First, alert: NewAlert) -> None:
    """For people who look at the first alert, or at the overview: something else was not done because of it."""
    if first.digest != alert.digest:
        noted = {"first": first.receipt, "at": to_microseconds(alert.arrived_at)}
        connection.execute(_NOTE_DIFFERENCE, noted)


def _alert_row(alert: NewAlert) -> dict[str, object]:
    return {
        "receipt": alert.receipt,
        "sender": alert.sender,
        "fields": as_json(plain(alert.fields)),
        "digest": alert.digest,
        "received_at": to_microseconds(alert.received_at),
        "config_digest": alert.config_digest,
    }


def _store(connection: Connection, alert: NewAlert, intent: Intent, departure: Departure | None) -> None:
    """A new order: queued, or sent if its departure was claimed."""
    new_id, now = order_id(alert.receipt, intent.lane, intent.rule), to_microseconds(alert.received_at)
    order = {
        "id": new_id,
        "receipt": alert.receipt,
        "account": intent.account,
        "symbol": intent.symbol,
        "rule": intent.rule,
        "intent": as_json(intent.to_json()),
        "signal_at": None if intent.signal_time is None else to_microseconds(intent.signal_time),
        "state": str(State.SENT if departure else State.QUEUED),
        "config_digest": alert.config_digest,
        "updated_at": now,
        "attempt": departure.send.attempt if departure else 0,
        "position_before": as_json(departure.position_before.to_json()) if departure else None,
        "plan": as_json(departure.plan.to_json()) if departure else None,
        "decided": departure.decided if departure else None,
        "history": step(State.QUEUED, now) + (step(State.SENT, now) if departure else ""),
        "arrived_at": to_microseconds(alert.arrived_at),
        "deadline": to_microseconds(alert.deadline(intent)),
        "key_mark": (departure.send.key_mark or None) if departure else None,
    }
    _NEW_ORDER.run(connection, order)
    if departure:
        note_send(connection, intent.lane, new_id, departure.send, alert.received_at, alert.arrived_at)
