"""What a signal asks of one lane (the intent), and the states an order for it passes through."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Self

from executor.core.position import Target
from executor.core.sizing import Size, parse_size


class State(StrEnum):
    """Where an order stands. The picture, and why each end is an end: README, "What became of my alert?"."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    IN_DOUBT = "in_doubt"
    CONFIRMED = "confirmed"
    INCOMPLETE = "incomplete"
    REJECTED = "rejected"
    UNNEEDED = "unneeded"
    DENIED = "denied"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ENDED = "ended"  # a doubt, or an accepted order without an end, by hand

    @property
    def final(self) -> bool:
        return not TRANSITIONS[self]

    @property
    def in_flight(self) -> bool:
        """Whether the exchange may be carrying it out: one such order per lane, at most."""
        return self in IN_FLIGHT


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENT, State.UNNEEDED, State.DENIED, State.EXPIRED, State.SUPERSEDED}),
    # sent → queued: the exchange certainly did not carry it out (never sent, or refused for now)
    State.SENT: frozenset({State.ACCEPTED, State.REJECTED, State.IN_DOUBT, State.QUEUED}),
    State.ACCEPTED: frozenset({State.CONFIRMED, State.INCOMPLETE, State.ENDED}),
    State.IN_DOUBT: frozenset({State.CONFIRMED, State.INCOMPLETE, State.QUEUED, State.EXPIRED, State.ENDED}),
    State.CONFIRMED: frozenset(),
    State.INCOMPLETE: frozenset(),
    State.REJECTED: frozenset(),
    State.UNNEEDED: frozenset(),
    State.DENIED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPERSEDED: frozenset(),
    State.ENDED: frozenset(),
}
IN_FLIGHT = frozenset({State.SENT, State.ACCEPTED, State.IN_DOUBT})
DECISIVE = frozenset({State.CONFIRMED, State.INCOMPLETE, State.UNNEEDED})  # older signals are pointless after these

FINEST = timedelta(microseconds=1)  # step of a time


IGNORED = "the target is flat and the rule says on_flat_target: ignore; what is held stays"


class Lane(NamedTuple):
    """Where signals run one after another: one symbol of one account."""

    account: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.account}/{self.symbol}"


class WhenFlat(StrEnum):
    """What to do when there is nothing to reverse."""

    IGNORE = "ignore"
    DENY = "deny"
    OPEN = "open"


class OnFlatTarget(StrEnum):
    """What to do when the signal wants no position."""

    IGNORE = "ignore"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Intent:
    """What one rule made of one signal for one lane: everything a decision needs besides the position."""

    account: str
    symbol: str
    rule: str
    target: Target
    size: Size
    when_flat: WhenFlat
    on_flat_target: OnFlatTarget
    expires_at: datetime
    verify_for: timedelta
    signal_time: datetime | None = None  # when the sender says it was sent; None if the rule does not read it
    signal_step: timedelta = FINEST  # of that time: a second, if it was given in whole seconds
    leaves: Target | None = None  # long, short or flat: the rule's `from`; None if it does not say
    read_as: Target | None = None  # instead of the target, because of the signals beside it: `arrange`

    @property
    def lane(self) -> Lane:
        return Lane(self.account, self.symbol)

    @property
    def aim(self) -> Target:
        """The target that counts."""
        return self.read_as or self.target

    @property
    def whole(self) -> bool:
        """Whether the outcome does not depend on how often it runs, so that a newer signal supersedes it."""
        return self.aim.leg is None or self.size.whole

    @property
    def ignored(self) -> bool:
        """Whether the rule alone says that nothing is to be done, whatever is held."""
        return self.read_as is None and self.target is Target.FLAT and self.on_flat_target is OnFlatTarget.IGNORE

    def to_json(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "symbol": self.symbol,
            "rule": self.rule,
            "target": str(self.target),
            "size": str(self.size),
            "when_flat": str(self.when_flat),
            "on_flat_target": str(self.on_flat_target),
            "expires_at": self.expires_at.isoformat(),
            "verify_for_seconds": self.verify_for.total_seconds(),
            "signal_time": self.signal_time.isoformat() if self.signal_time else None,
            "signal_step_seconds": self.signal_step.total_seconds(),
            "from": self.leaves,
            "read_as": self.read_as,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(
            account=data["account"],
            symbol=data["symbol"],
            rule=data["rule"],
            target=Target(data["target"]),
            size=parse_size(data["size"]),
            when_flat=WhenFlat(data["when_flat"]),
            on_flat_target=OnFlatTarget(data["on_flat_target"]),
            expires_at=datetime.fromisoformat(data["expires_at"]),
            verify_for=timedelta(seconds=data["verify_for_seconds"]),
            signal_time=datetime.fromisoformat(data["signal_time"]) if data["signal_time"] else None,
            signal_step=timedelta(seconds=data.get("signal_step_seconds", FINEST.total_seconds())),
            leaves=_target(data.get("from")),
            read_as=_target(data.get("read_as")),
        )


def _target(text: str | None) -> Target | None:
    return None if text is None else Target(text)


def order_id(receipt: str, lane: Lane, rule: str) -> str:
    """The order's name, derived from what it is for: 24 hexadecimal digits."""
    return hashlib.sha256("\n".join((receipt, *lane, rule)).encode()).hexdigest()[:24]


def client_order_id(order: str, attempt: int) -> str:
    """The clientOid of one send of an order: 1–32 of `[0-9A-Za-z_-]`, safe under every length Bitget documents."""
    return f"x{order}-{attempt}"
