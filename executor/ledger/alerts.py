"""Recording alerts: each once, however often and at whatever process it arrives.

One write stores the alert and its orders. An order whose lane is idle is
stored as sent in the same write, and may leave as soon as that write is
durable.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update

from executor.core.order import Intent, Lane, State, order_id
from executor.ledger.columns import as_json, history_line, microseconds_or_none, plain, to_microseconds
from executor.ledger.lanes import claim_unused, make_lane
from executor.ledger.order_rows import orders_of
from executor.ledger.records import Departure, NewAlert, Recorded
from executor.ledger.statements import Compiled, Statement, upsert
from executor.ledger.steps import departure_facts, record_send
from executor.ledger.tables import alerts, dedupe, orders
from executor.ledger.transactions import Subject, Transaction, writing

WHOLE = ""  # stands for a rule: the key repeats the whole alert

_FIRST = select(dedupe.c.receipt, dedupe.c.digest).where(dedupe.c.key == bindparam("k"))
_KNOWN = (
    select(dedupe.c.receipt)
    .where(dedupe.c.key.in_(bindparam("keys", expanding=True)))
    .where(dedupe.c.expires_at > bindparam("now", type_=BigInteger))
    .limit(1)
)
_GIVE_KEYS = (
    update(dedupe)
    .where(dedupe.c.key.in_(bindparam("keys", expanding=True)))
    .values(receipt=bindparam("first"), digest=bindparam("body"))
)
_COUNT_DIFFERENCE = (
    update(alerts)
    .where(alerts.c.receipt == bindparam("first"))
    .values(differed=alerts.c.differed + 1, differed_at=bindparam("at"))
)
_NEW_ALERT = Compiled(insert(alerts))
_NEW_ORDER = Compiled(insert(orders))
_NOT_SENT = {"attempt": 0, "position_before": None, "plan": None, "decided": None, "key_mark": None}


def _take_key(dialect: str) -> Statement:
    """Insert the key, or take over one that has expired. Changes no row while the key is another alert's."""
    new = upsert(dialect, dedupe)
    return new.on_conflict_do_update(
        index_elements=[dedupe.c.key],
        set_={name: new.excluded[name] for name in ("receipt", "digest", "expires_at")},
        where=dedupe.c.expires_at <= bindparam("now"),
    )


_TAKE_KEY = Compiled(_take_key)


class AlertStore(Subject):
    def record(
        self,
        alert: NewAlert,
        intents: Sequence[Intent],
        departures: Sequence[Departure] = (),
        within_seconds: float | None = None,
    ) -> Recorded:
        """Store the alert with an order for each intent. Durable when it returns.

        An order whose departure can be claimed is stored as sent, each other
        as queued: see `Recorded.claims`. Nothing is stored for rules whose key
        an earlier alert has. Raises LedgerSlow once the time is over: then
        nothing is kept, or, if the commit had begun, something that the same
        alert again repeats.
        """
        record_alert = partial(_record, alert=alert, intents=intents, departures=departures)
        return self.transactions.write(record_alert, durable=True, within_seconds=within_seconds)

    def knows(self, keys: Iterable[str], within_seconds: float) -> bool:
        """Whether an alert with one of these keys is recorded and not yet forgotten. Raises LedgerSlow."""
        wanted = list(keys)

        def find_keys(tx: Transaction) -> bool:
            values = {"keys": wanted, "now": tx.now_microseconds}
            return tx.connection.execute(_KNOWN, values).first() is not None

        return self.transactions.read(find_keys, within_seconds)

    @writing
    def forget_keys(self, tx: Transaction) -> None:
        """Drop the keys whose window is over."""
        expired = dedupe.c.expires_at <= tx.now_microseconds
        tx.connection.execute(delete(dedupe).where(expired))


class _First(NamedTuple):
    """The alert that has a key."""

    receipt: str
    digest: str


def _record(
    tx: Transaction,
    alert: NewAlert,
    intents: Sequence[Intent],
    departures: Sequence[Departure],
) -> Recorded:
    taken = _take_keys(tx, alert)
    repeated = {alert.rule_of.get(key, WHOLE): first.receipt for key, first in taken.items()}
    if WHOLE in repeated:
        intents = []
    intents = [intent for intent in intents if intent.rule not in repeated]
    differing = {first for first in taken.values() if first.digest != alert.digest}
    for first in sorted(differing):
        _count_difference(tx, first, alert)
    if taken and not intents:
        return _repetition(tx, alert, taken)
    _NEW_ALERT.run(tx.connection, _alert_row(alert))
    leaving = _claim_lanes(tx, intents, departures)
    for intent in intents:
        _store_order(tx, alert, intent, leaving.get(intent.lane))
    claims = tuple(departure.claim for departure in leaving.values())
    return Recorded(alert.receipt, False, bool(differing), claims=claims, repeated=repeated)


def _take_keys(tx: Transaction, alert: NewAlert) -> dict[str, _First]:
    """The keys that an earlier alert has. All others are this alert's from now on.

    Every alert takes its keys in the same order, so that none blocks another.
    """
    taken = {}
    now = {"now": to_microseconds(alert.arrived_at)}
    for key, window in sorted(alert.keys.items()):
        row = {
            "key": key,
            "receipt": alert.receipt,
            "digest": alert.digest,
            "expires_at": to_microseconds(alert.arrived_at + window),
        }
        if not _TAKE_KEY.run(tx.connection, row | now):
            taken[key] = _First(*tx.connection.execute(_FIRST, {"k": key}).one())
    return taken


def _repetition(tx: Transaction, alert: NewAlert, taken: Mapping[str, _First]) -> Recorded:
    """Nothing of the alert is new. It repeats the alert with the same body if there is one.

    That alert gets the keys which were free.
    """
    others = [taken[key] for key in alert.keys if key in taken]
    first = min(others, key=lambda other: other.digest != alert.digest)
    if free := alert.keys.keys() - taken.keys():
        keys = {"keys": sorted(free), "first": first.receipt, "body": first.digest}
        tx.connection.execute(_GIVE_KEYS, keys)
    differs = first.digest != alert.digest
    return Recorded(first.receipt, True, differs, orders_of(tx, first.receipt))


def _count_difference(tx: Transaction, first: _First, alert: NewAlert) -> None:
    """For people who look at the first alert, or at the overview: another alert was taken for its repetition."""
    facts = {"first": first.receipt, "at": to_microseconds(alert.arrived_at)}
    tx.connection.execute(_COUNT_DIFFERENCE, facts)


def _claim_lanes(
    tx: Transaction,
    intents: Sequence[Intent],
    departures: Sequence[Departure],
) -> dict[Lane, Departure]:
    """The departures whose lanes could be claimed."""
    of_lane = {departure.claim.lane: departure for departure in departures}
    leaving = {}
    for lane in sorted(intent.lane for intent in intents):  # the same order everywhere, so that none blocks another
        departure = of_lane.get(lane)
        if departure is None or departure.claim.fence == 1:  # else the lane has been held, and so exists
            make_lane(tx, lane)
        if departure and claim_unused(tx, departure):
            leaving[lane] = departure
    return leaving


def _store_order(tx: Transaction, alert: NewAlert, intent: Intent, departure: Departure | None) -> None:
    """A new order: sent if it has a claimed departure, else queued."""
    new_id = order_id(alert.receipt, intent.lane, intent.rule)
    state, history = State.QUEUED, history_line(State.QUEUED, alert.received_at)
    if departure:
        state, history = State.SENT, history + history_line(State.SENT, alert.received_at)
    row = {
        "id": new_id,
        "receipt": alert.receipt,
        "account": intent.account,
        "symbol": intent.symbol,
        "rule": intent.rule,
        "intent": as_json(intent.to_json()),
        "signal_at": microseconds_or_none(intent.signal_time),
        "state": str(state),
        "config_digest": alert.config_digest,
        "updated_at": to_microseconds(alert.received_at),
        "history": history,
        "arrived_at": to_microseconds(alert.arrived_at),
        "deadline": to_microseconds(alert.deadline(intent)),
    }
    _NEW_ORDER.run(tx.connection, row | (departure_facts(departure) if departure else _NOT_SENT))
    if departure:
        record_send(tx, intent.lane, new_id, departure.send, alert.received_at)


def _alert_row(alert: NewAlert) -> dict[str, object]:
    return {
        "receipt": alert.receipt,
        "sender": alert.sender,
        "fields": as_json(plain(alert.fields)),
        "digest": alert.digest,
        "received_at": to_microseconds(alert.received_at),
        "config_digest": alert.config_digest,
    }
