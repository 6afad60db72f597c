"""Orders: as they stand, and what each of their steps tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from executor.core.order import Intent, Lane, State
from executor.core.position import Leg, Position
from executor.core.precedence import Signal
from executor.core.reversal import Operation


@dataclass(frozen=True, slots=True)
class Send:
    """One sending of an order, before it happens. `signed_at` is on the exchange's clock.

    `key_mark` tells which account at the exchange it goes to, whatever name
    config.yaml gives it; empty: not known.
    """

    attempt: int
    client_order_id: str
    operation: Operation
    request: Mapping[str, str]
    signed_at: datetime
    key_mark: str = ""


@dataclass(frozen=True, slots=True)
class SendRow:
    """One sending of an order and what is known of it.

    `outcome` is None until its answer is recorded. `answered` tells whether
    the exchange has answered a sending that is in doubt; None: not known.
    """

    attempt: int
    client_order_id: str
    operation: Operation
    request: Mapping[str, str]
    signed_at: datetime
    at: datetime
    outcome: str | None
    exchange_order_id: str | None
    answered: bool | None = None
    key_mark: str = ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it stands. `updated_at` is when it came into its state; `plan` belongs to the last sending.

    `awaits` says why an order at the exchange has no end yet; one in doubt can
    no longer run after `may_run_until`. That time, `not_before`, `arrived_at`
    and `deadline`, the end of its max_age, are on the ledger's clock.
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
class Answered:
    """The exchange has accepted an order's last sending. `at` is on the wall clock."""

    at: datetime
    exchange_order_id: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an order is in doubt. `answered`: whether the exchange has answered; None: not known.

    The request may still run for `may_run`, from now on. Nothing is to build
    up the `guarded` legs for that time.
    """

    reason: str
    answered: bool | None
    may_run: timedelta
    guarded: Mapping[Leg, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderEnd:
    """How an order ends. `at` is on the wall clock.

    `answered` is the acceptance of an order that the ledger still has as sent:
    then it goes through `accepted` on the way. `ran_from` is the position
    before an order that may have changed it. `last_signal` is the lane's
    newest decisive signal, if this end changes it. What is None stays as it
    is.
    """

    state: State
    at: datetime
    reason: str = ""
    position_before: Position | None = None
    position_after: Position | None = None
    decided: str | None = None
    answered: Answered | None = None
    ran_from: Position | None = None
    last_signal: Signal | None = None


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
class Transition:
    """One state that an order came into."""

    state: State
    at: datetime
    reason: str
