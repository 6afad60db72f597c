"""The ledger: business verbs, each a transaction. What they do to the tables stands in the module of their subject.

Every verb raises LedgerUnavailable if the database could not be used; then nothing of it was kept. Verbs under a claim
raise LaneLost once another process has the lane.

What is given as `now` is the machine's wall clock, for those who read of it. Whatever lasts goes by `Ledger.now`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from executor.core.order import Intent, Lane, State
from executor.core.position import Leg, Position
from executor.core.precedence import Signal
from executor.ledger import acceptance, beats, claims, doubts, halts, lane_memory, progress, reads, secret_uses, watches
from executor.ledger.access import Access
from executor.ledger.connecting import Database
from executor.ledger.ledger_clock import LedgerClock, PostgresClock, SqliteClock
from executor.ledger.node_rows import Beat, Node, SharedRead
from executor.ledger.overview import Overview, overview
from executor.ledger.receipt import Receipt
from executor.ledger.rows import (
    Answered,
    Claim,
    Departure,
    Doubt,
    Halt,
    HaltScope,
    IdleLane,
    KeyInUse,
    NewAlert,
    OrderRow,
    Recorded,
    SecretUse,
)
from executor.ledger.tally import Counts, Tally
from executor.ledger.writer import TROUBLE, unavailable
from executor.times import utc_now


class Ledger(Access):
    """Thread-safe. Open it in the process that uses it, after any fork."""

    def __init__(self, database: Database, wall: Callable[[], datetime] = utc_now) -> None:
        super().__init__(database)
        self._tally = Tally()
        self._clock: LedgerClock = (
            SqliteClock(self._read, self._write, wall) if database.dialect == "sqlite" else PostgresClock(self._read)
        )

    def now(self) -> datetime:
        """The ledger's clock, which all its processes agree on; see ledger_clock.py."""
        return self._clock.now()

    # Alerts

    def record_alert(
        self,
        alert: NewAlert,
        intents: Sequence[Intent],
        departures: Sequence[Departure] = (),
        within_seconds: float | None = None,
    ) -> Recorded:
        """Durable when it returns. Of the departures, those whose lane could be claimed are marked as sent: see
        `Recorded.claims`.

        Raises LedgerSlow if the time is over: then nothing is kept, or, if the commit had begun, something that the
        same alert again repeats.
        """
        verb = partial(acceptance.record_alert, alert=alert, intents=intents, departures=departures)
        return self._send(verb, within_seconds)

    def knows(self, keys: Iterable[str], within_seconds: float) -> bool:
        """Whether an alert with one of these keys was recorded, and is still a reason not to record it again. Raises
        LedgerSlow.
        """
        return self._read_within(within_seconds, partial(acceptance.knows, keys=keys, now=self.now()))

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
        wanted = partial(reads.newest_orders, state=state, account=account, symbol=symbol, since=since, limit=limit)
        return self._read(wanted)

    def overview(self, limit: int) -> Overview:
        """The newest orders, at most so many, and what to know beside them; all as of one moment."""
        return self._read(partial(overview, now=self.now(), limit=limit))

    def count_orders(self) -> Counts:
        """How many orders of each lane are in each state."""
        return self._read(partial(self._tally.count, now=self.now()))

    def sweep_dedupe(self) -> None:
        """Drop keys whose window is over."""
        self._write(partial(acceptance.sweep_dedupe, now=self.now()))

    # Nodes and lanes

    def join(self, node: Node, lease: timedelta) -> None:
        self._write(partial(beats.join, node=node, now=self.now(), lease=lease))

    def heartbeat(self, node: str, lease: timedelta, watching: Mapping[str, str | None] | None = None) -> Beat:
        """Prolong a node's lease, and see what there is to do: in one transaction, since it is done every second.

        The node takes or keeps the watches that it could be `watching`, each with why it cannot read, if it cannot.
        """
        now = self.now()

        def verb(connection: Connection) -> Beat:
            self._clock.keep(connection, now)
            return beats.beat(connection, node, now, lease, watching or {})

        return self._write(verb)

    def leave(self, node: str) -> None:
        self._write(lambda connection: beats.leave(connection, node))

    def publish_read(self, watch: str, node: str, read: SharedRead) -> bool:
        """Let other processes have what the watch's owner has read; False if that is another by now."""
        return self._write(partial(watches.publish_read, watch=watch, node=node, read=read, now=self.now()))

    def newest_read(self, watch: str, product_type: str, known: int) -> SharedRead | None:
        """What the watch's owner read last, unless it is the one of that mark."""
        wanted = partial(watches.newest_read, watch=watch, product_type=product_type, known=known, now=self.now())
        return self._read(wanted)

    def claim_lane(self, lane: Lane, node: str) -> Claim | None:
        """The lane, if no living node holds it."""
        return self._write(partial(claims.claim_lane, lane=lane, node=node, now=self.now()))

    def refresh(self, claim: Claim) -> tuple[OrderRow, ...]:
        """The lane's unfinished orders now, oldest first."""
        return self._read(lambda connection: reads.unfinished_of(connection, claim.lane))

    def release_lane(self, claim: Claim) -> bool:
        """False, and it stays held, if the lane has something to do now."""
        return self._write(partial(claims.release_lane, claim=claim, now=self.now()))

    def idle_lanes(self) -> tuple[IdleLane, ...]:
        return self._read(partial(claims.idle_lanes, now=self.now()))

    # An order's way

    def mark_sent(self, departure: Departure, order_id: str, now: datetime) -> Halt | KeyInUse | None:
        """Durable when it returns. A halt over the lane is returned instead, or an order in flight under another name
        of the same account; then nothing is written.
        """
        return self._send(partial(progress.mark_sent, departure=departure, order_id=order_id, at=now, now=self.now()))

    def key_in_use(self, key_mark: str, symbol: str) -> KeyInUse | None:
        """The order that is in flight for this symbol at the account with that key, whatever its name."""
        return self._read(lambda connection: reads.key_in_use(connection, key_mark, symbol))

    def orders_in_flight(self) -> tuple[OrderRow, ...]:
        return self._read(reads.orders_in_flight)

    def mark_accepted(self, claim: Claim, order_id: str, now: datetime, exchange_order_id: str) -> None:
        self._write(lambda connection: progress.mark_accepted(connection, claim, order_id, now, exchange_order_id))

    def mark_in_doubt(self, claim: Claim, order_id: str, now: datetime, doubt: Doubt) -> None:
        verb = partial(doubts.mark_in_doubt, claim=claim, order_id=order_id, at=now, doubt=doubt, now=self.now())
        self._write(verb)

    def note_awaits(self, claim: Claim, order_id: str, awaits: str, may_run: timedelta | None = None) -> None:
        until = self.now() + may_run if may_run is not None else None
        self._write(lambda connection: doubts.note_awaits(connection, claim, order_id, awaits, until))

    def end_by_hand(self, order_id: str, now: datetime, reason: str) -> bool:
        """Durable when it returns. False unless the order is in doubt and can no longer run."""
        verb = partial(doubts.end_by_hand, order_id=order_id, at=now, reason=reason, now=self.now())
        return self._write(verb, durable=True)

    def guard(self, claim: Claim, legs: Mapping[Leg, timedelta]) -> None:
        """For so long, nothing is to build up these legs of the lane."""
        now = self.now()

        def verb(connection: Connection) -> None:
            claims.hold(connection, claim)
            lane_memory.guard(connection, claim.lane, legs, now)

        self._write(verb)

    def requeue(self, claim: Claim, order_id: str, now: datetime, reason: str, pause: timedelta | None = None) -> None:
        not_before = self.now() + pause if pause else None
        self._write(lambda connection: progress.requeue(connection, claim, order_id, now, reason, not_before))

    def delay(self, claim: Claim, order_id: str, pause: timedelta, reason: str) -> None:
        wait = partial(progress.delay, claim=claim, order_id=order_id, not_before=self.now() + pause, reason=reason)
        self._write(wait)

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
        last_signal: Signal | None = None,
    ) -> bool:
        """End an order, which has been `answered` if it still counts as sent. True if it was the lane's last one: then
        the lane is let go. `last_signal` is the newest one that has had its say now, if that has changed.
        """
        settle = partial(progress.settle, claim=claim, order_id=order_id, state=state, at=now, reason=reason)
        settle = partial(settle, position_before=position_before, position_after=position_after, decided=decided)
        settle = partial(settle, answered=answered, ran_from=ran_from, last_signal=last_signal, now=self.now())
        return self._write(settle)

    def count_reversals(self, lane: Lane, window: timedelta) -> int:
        """How many have left within the window up to now, but for those that certainly were not carried out."""
        return self._read(partial(progress.count_reversals, lane=lane, since=self.now() - window))

    # Halts

    def halt(self, scope: HaltScope, author: str, reason: str, now: datetime, lasts: timedelta | None = None) -> Halt:
        """Durable when it returns; from then on no process marks an order of the scope as sent."""
        verb = partial(halts.halt, scope=scope, author=author, reason=reason, at=now, now=self.now(), lasts=lasts)
        return self._write(verb, durable=True)

    def resume(self, scope: HaltScope, author: str, now: datetime) -> int:
        """Lift the halts of exactly this scope; how many there were."""
        return self._write(partial(halts.resume, scope=scope, author=author, at=now, now=self.now()), durable=True)

    def halts(self) -> tuple[Halt, ...]:
        return self._read(partial(halts.halts_in_force, now=self.now()))

    # Senders' secrets

    def note_secret_uses(self, uses: Iterable[SecretUse]) -> None:
        self._write(lambda connection: secret_uses.note_secret_uses(connection, uses))

    def secret_uses(self) -> tuple[SecretUse, ...]:
        return self._read(secret_uses.all_secret_uses)


def open_ledger(url: str, wall: Callable[[], datetime] = utc_now) -> Ledger:
    """`sqlite:///file.db` or `postgresql+psycopg://…`. `wall` is the machine's clock, which is asked once, at most.

    Raises LedgerError, or LedgerUnavailable.
    """
    try:
        return Ledger(Database(url), wall)
    except TROUBLE as error:
        raise unavailable(error) from error
