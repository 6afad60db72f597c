"""What goes into the ledger and what comes out, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from executor.core.order import Intent, Lane, State
from executor.core.position import Leg, Position
from executor.core.precedence import Signal
from executor.core.reversal import Operation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert as it is taken in. `digest` is the body's SHA-256; `fields` hold no credential.

    It came at `received_at`, which was `arrived_at` on the ledger's clock. A repetition is known by any of its `keys`,
    each for so long. A key in `rule_of` repeats what that rule made of an alert, any other key the whole of it.
    """

    receipt: str
    sender: str
    fields: Mapping[str, Any]
    digest: str
    received_at: datetime
    arrived_at: datetime
    config_digest: str
    keys: Mapping[str, timedelta]
    rule_of: Mapping[str, str] = field(default_factory=dict)

    def deadline(self, intent: Intent) -> datetime:
        """The end of an order's max_age, on the ledger's clock."""
        return self.arrived_at + (intent.expires_at - self.received_at)


@dataclass(frozen=True, slots=True, order=True)
class SecretUse:
    """When one of a sender's secrets, told apart by its mark, last proved an alert in one way (body, path, …)."""

    sender: str
    mark: str
    way: str
    last_used_at: datetime


@dataclass(frozen=True, slots=True)
class Send:
    """One sending of an order, before it happens. `signed_at` is on the exchange's clock.

    `key_mark` tells which account at the exchange it goes to, whatever the account is called; empty: that is not known.
    """

    attempt: int
    client_order_id: str
    operation: Operation
    request: Mapping[str, str]
    signed_at: datetime
    key_mark: str = ""


@dataclass(frozen=True, slots=True)
class SendRow:
    """One sending of an order and what is known of it; `outcome` is None until its answer was recorded."""

    attempt: int
    client_order_id: str
    operation: Operation
    request: Mapping[str, str]
    signed_at: datetime
    at: datetime
    outcome: str | None
    exchange_order_id: str | None
    answered: bool | None = None  # in doubt although the exchange has answered; None: not known
    key_mark: str = ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it stands. `updated_at` is when it came into its state; `plan` belongs to the last sending.

    `awaits` says why an order at the exchange has no end yet; one in doubt can no longer run after `may_run_until`.
    That, `not_before`, `arrived_at` and `deadline`, the end of its max_age, are on the ledger's clock.
    """

    seq: int
    id: str
    receipt: str
    intent: Intent
    state: State
    reason: str
    attempt: int
    not_before: datetime | None
    position_before: Position | None
    position_after: Position | None
    plan: Position | None
    decided: str | None
    config_digest: str
    updated_at: datetime
    arrived_at: datetime
    deadline: datetime
    awaits: str = ""
    may_run_until: datetime | None = None
    sends: tuple[SendRow, ...] = ()

    @property
    def signal(self) -> Signal:
        """When it came; its arrival is on the ledger's clock."""
        return Signal.of(self.intent, self.arrived_at)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What record_alert did. For a duplicate: the first receipt and its orders; `differs` if its body was another.

    `repeated` are the rules that had made something of an earlier alert with the same key, and its receipt: nothing was
    stored for them. If that goes for all rules the alert is a duplicate.
    """

    receipt: str
    duplicate: bool
    differs: bool
    orders: tuple[OrderRow, ...] = ()
    claims: tuple["Claim", ...] = ()  # the lanes that were claimed for their Departure
    repeated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaneMemory:
    """What a lane's last order left behind: what was held before it, and how long ago it ended. A leg is guarded for so
    long: a request that may still run would close what is built up.
    """

    position_before: Position | None = None
    ended_ago: timedelta = timedelta(0)
    guarded: Mapping[Leg, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an order is in doubt. `answered` says that the exchange has answered, None that this is not known; `may_run`
    is how long the request may still run, from now on. Nothing is to build up the `guarded` legs for so long.
    """

    reason: str
    answered: bool | None
    may_run: timedelta
    guarded: Mapping[Leg, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """A lane held by a node. Writes under it fail once another node has taken the lane: its fence is higher then.

    `orders` are the lane's unfinished ones at the time of the claim, oldest first; `last_signal` is the newest one that
    has had its say, its arrival on the ledger's clock.
    """

    lane: Lane
    node: str
    fence: int
    orders: tuple[OrderRow, ...]
    last_signal: Signal | None
    memory: LaneMemory = LaneMemory()


@dataclass(frozen=True, slots=True)
class IdleLane:
    """A lane that no node holds: the fence of its last claim, and the newest signal that was decided."""

    lane: Lane
    fence: int
    last_signal: Signal | None
    memory: LaneMemory = LaneMemory()


@dataclass(frozen=True, slots=True)
class Departure:
    """An order that is to leave, decided from the position before it.

    If it leaves with its alert's acceptance, the claim is the one that the lane will give if no node has had it since
    its last use (fence 1: if no node has ever had it).
    """

    claim: Claim
    send: Send
    position_before: Position
    plan: Position
    decided: str


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """An order in flight at the same account of the exchange and for the same symbol, under another name."""

    lane: Lane
    receipt: str

    def __str__(self) -> str:
        return (
            f"the order of receipt {self.receipt} is in flight on lane {self.lane}, which is the same account at the "
            "exchange under another name: this one waits until that one has ended"
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """The exchange has accepted an order's last sending, and its process knows that before the ledger does."""

    at: datetime
    exchange_order_id: str


class HaltScope(NamedTuple):
    """What a halt covers: everything, one account, one symbol of one account (a lane), or a symbol everywhere."""

    account: str | None = None
    symbol: str | None = None

    def covers(self, lane: Lane) -> bool:
        return self.account in (None, lane.account) and self.symbol in (None, lane.symbol)

    def __str__(self) -> str:
        return f"{self.account or 'every account'}, {self.symbol or 'every symbol'}"


@dataclass(frozen=True, slots=True)
class Halt:
    """Nothing is sent within its scope until it is lifted, or for as long as is `left` of it."""

    id: int
    scope: HaltScope
    author: str
    reason: str
    at: datetime
    left: timedelta | None


@dataclass(frozen=True, slots=True)
class Transition:
    """One state an order came into."""

    state: State
    at: datetime
    reason: str


def plain(value: Any) -> Any:
    """An alert's field as JSON can hold it: Decimals become text, so that no digit is lost."""
    if isinstance(value, str | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
