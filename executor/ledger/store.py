"""The ledger: business verbs, each a transaction. What they do to the tables stands in the module of their subject.

Every verb raises LedgerUnavailable if the database could not be used; then nothing of it was kept. Verbs under a claim
raise LaneLost once another process has the lane.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from executor.core.order import Intent, Lane, State
from executor.core.position import Leg, Position
from executor.ledger import acceptance, claims, halts, nodes, progress, reads, secret_uses
from executor.ledger.connecting import Database
from executor.ledger.migrating import check_version, migrate
from executor.ledger.overview import Overview, overview
from executor.ledger.receipt import Receipt
from executor.ledger.rows import (
    Answered,
    Beat,
    Claim,
    Departure,
    Doubt,
    Halt,
    HaltScope,
    IdleLane,
    NewAlert,
    Node,
    OrderRow,
    Recorded,
    SecretUse,
    to_microseconds,
)
from executor.ledger.tables import dedupe
from executor.ledger.tally import Counts, Tally
from executor.ledger.writer import TROUBLE, T, Verb, unavailable

FORGET_NODES_AFTER = timedelta(days=1)


class Ledger:
    """Thread-safe. Open it in the process that uses it, after any fork."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tally = Tally()

    def migrate(self) -> None:
        """Bring the tables up to this version. Several starting processes may do so at once."""
        migrate(self._database)

    def check_version(self) -> None:
        """Raises LedgerOutdated if the tables are not those of this version."""
        self._read(check_version)

    def check(self) -> None:
        """Raises LedgerUnavailable if the ledger cannot be read."""
        self._read(reads.count_unfinished)

    def close(self) -> None:
        self._database.close()

    # Alerts

    def record_alert(
        self,
        alert: NewAlert,
        intents: Sequence[Intent],
        departures: Sequence[Departure] = (),
        before_commit: Callable[[Sequence[Claim]], None] = lambda _: None,
    ) -> Recorded:
        """Durable when it returns. Of the departures, those whose lane could be claimed are marked as sent.

        `before_commit` is told of these claims when only the commit is left, which may yet fail, or be tried again.
        """

        def verb(connection: Connection) -> Recorded:
            recorded = acceptance.record_alert(connection, alert, intents, departures)
            before_commit(recorded.claims)
            return recorded

        return self._write(verb, durable=True)

    def knows(self, keys: Iterable[str], now: datetime) -> bool:
        """Whether an alert with one of these keys was recorded, and is still a reason not to record it again."""
        return self._read(lambda connection: acceptance.knows(connection, keys, now))

    def receipt(self, receipt: str) -> Receipt | None:
        return self._read(lambda connection: reads.receipt(connection, receipt))

    def orders(
        self,
        *,
        state: State | None = None,
        account: str | None = None,
        symbol: str | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> tuple[OrderRow, ...]:
        """Newest first; `since` is when they came into their state."""
        return self._read(
            lambda connection: reads.newest_orders(
                connection, state=state, account=account, symbol=symbol, since=since, limit=limit
            )
        )

    def overview(self, now: datetime, limit: int) -> Overview:
        """The newest orders, at most so many, and what to know beside them; all as of one moment."""
        return self._read(lambda connection: overview(connection, now, limit))

    def count_orders(self, now: datetime) -> Counts:
        """How many orders of each lane are in each state."""
        return self._read(lambda connection: self._tally.count(connection, now))

    def sweep_dedupe(self, now: datetime) -> None:
        """Drop keys whose window is over."""
        ended = delete(dedupe).where(dedupe.c.expires_at <= to_microseconds(now))
        self._write(lambda connection: connection.execute(ended))

    # Nodes and lanes

    def join(self, node: Node, now: datetime, lease: timedelta) -> None:
        def verb(connection: Connection) -> None:
            nodes.forget_dead_nodes(connection, now, FORGET_NODES_AFTER)
            nodes.join(connection, node, now, lease)

        self._write(verb)

    def heartbeat(self, node: str, now: datetime, lease: timedelta) -> Beat:
        """Prolong a node's lease, and see what there is to do: in one transaction, since it is done every second."""

        def verb(connection: Connection) -> Beat:
            known = nodes.heartbeat(connection, node, now, lease)
            unfinished = reads.count_unfinished(connection)
            return Beat(known, unfinished, claims.due_lanes(connection, now, node) if unfinished else ())

        return self._write(verb)

    def leave(self, node: str) -> None:
        self._write(lambda connection: nodes.leave(connection, node))

    def claim_lane(self, lane: Lane, node: str, now: datetime) -> Claim | None:
        """The lane, if nobody who lives holds it."""
        return self._write(lambda connection: claims.claim_lane(connection, lane, node, now))

    def refresh(self, claim: Claim) -> tuple[OrderRow, ...]:
        """The lane's unfinished orders now, oldest first."""
        return self._read(lambda connection: reads.unfinished_of(connection, claim.lane))

    def release_lane(self, claim: Claim, now: datetime) -> bool:
        """False, and it stays held, if the lane has something to do now."""
        return self._write(lambda connection: claims.release_lane(connection, claim, now))

    def idle_lanes(self, now: datetime) -> tuple[IdleLane, ...]:
        return self._read(lambda connection: claims.idle_lanes(connection, now))

    # An order's way

    def mark_sent(self, departure: Departure, order_id: str, now: datetime) -> Halt | None:
        """Durable when it returns. A halt over the lane is returned instead, and then nothing is written."""
        return self._write(lambda connection: progress.mark_sent(connection, departure, order_id, now), durable=True)

    def mark_accepted(self, claim: Claim, order_id: str, now: datetime, exchange_order_id: str) -> None:
        self._write(lambda connection: progress.mark_accepted(connection, claim, order_id, now, exchange_order_id))

    def mark_in_doubt(self, claim: Claim, order_id: str, now: datetime, doubt: Doubt) -> None:
        self._write(lambda connection: progress.mark_in_doubt(connection, claim, order_id, now, doubt))

    def note_awaits(
        self, claim: Claim, order_id: str, now: datetime, awaits: str, may_run: timedelta | None = None
    ) -> None:
        self._write(lambda connection: progress.note_awaits(connection, claim, order_id, now, awaits, may_run))

    def end_by_hand(self, order_id: str, now: datetime, reason: str) -> bool:
        """Durable when it returns. False unless the order is in doubt and can no longer run."""
        return self._write(lambda connection: progress.end_by_hand(connection, order_id, now, reason), durable=True)

    def requeue(
        self,
        claim: Claim,
        order_id: str,
        now: datetime,
        reason: str,
        not_before: datetime | None,
    ) -> None:
        self._write(lambda connection: progress.requeue(connection, claim, order_id, now, reason, not_before))

    def guard(self, claim: Claim, legs: Mapping[Leg, timedelta], now: datetime) -> None:
        """For so long, nothing is to build up these legs of the lane."""
        self._write(lambda connection: claims.guard(connection, claim, legs, now))

    def delay(self, claim: Claim, order_id: str, not_before: datetime, reason: str) -> None:
        self._write(lambda connection: progress.delay(connection, claim, order_id, not_before, reason))

    def settle(
        self,
        claim: Claim,
        order_id: str,
        state: State,
        now: datetime,
        reason: str,
        *,
        position_before: Position | None = None,
        position_after: Position | None = None,
        decided: str | None = None,
        answered: Answered | None = None,
        ran_from: Position | None = None,
    ) -> bool:
        """End an order, which has been `answered` if it still counts as sent. True if it was the lane's last one: then
        the lane is let go.
        """
        return self._write(
            lambda connection: progress.settle(
                connection,
                claim,
                order_id,
                state,
                now,
                reason,
                position_before=position_before,
                position_after=position_after,
                decided=decided,
                answered=answered,
                ran_from=ran_from,
            )
        )

    def count_reversals(self, lane: Lane, since: datetime) -> int:
        return self._read(lambda connection: progress.count_reversals(connection, lane, since))

    # Halts

    def halt(
        self, scope: HaltScope, author: str, reason: str, now: datetime, expires_at: datetime | None = None
    ) -> Halt:
        """Durable when it returns; from then on no process marks an order of the scope as sent."""
        return self._write(
            lambda connection: halts.halt(connection, scope, author, reason, now, expires_at), durable=True
        )

    def resume(self, scope: HaltScope, author: str, now: datetime) -> int:
        """Lift the halts of exactly this scope; how many there were."""
        return self._write(lambda connection: halts.resume(connection, scope, author, now), durable=True)

    def halts(self, now: datetime) -> tuple[Halt, ...]:
        return self._read(lambda connection: halts.halts_in_force(connection, now))

    # Senders' secrets

    def note_secret_uses(self, uses: Iterable[SecretUse]) -> None:
        self._write(lambda connection: secret_uses.note_secret_uses(connection, uses))

    def secret_uses(self) -> tuple[SecretUse, ...]:
        return self._read(secret_uses.all_secret_uses)

    def _write(self, verb: Verb[T], *, durable: bool = False) -> T:
        return self._database.writer.write(verb, durable=durable)

    def _read(self, verb: Verb[T]) -> T:
        try:
            with self._database.reads.begin() as connection:
                return verb(connection)
        except TROUBLE as error:
            raise unavailable(error) from error


def open_ledger(url: str) -> Ledger:
    """`sqlite:///file.db` or `postgresql+psycopg://…`. Raises LedgerError, or LedgerUnavailable."""
    try:
        return Ledger(Database(url))
    except TROUBLE as error:
        raise unavailable(error) from error
