"""Alerts as they are recorded, and the secrets that proved them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from executor.core.order import Intent
from executor.ledger.records.lanes import Claim
from executor.ledger.records.orders import OrderRow


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert as it comes. `digest` is the body's SHA-256; `fields` hold no credential.

    `received_at` is on the wall clock, `arrived_at` the same moment on the
    ledger's clock. A repetition is known by any of its `keys`, each for its
    own time. A key in `rule_of` repeats what that rule made of an alert, any
    other key the whole alert.
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


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an alert that was recorded.

    `repeated` has the rules that made something of an earlier alert with the
    same key, each with that alert's receipt: nothing is stored for them. If
    this is so for all rules, the alert is a `duplicate`: then `receipt` and
    `orders` are the first alert's. `differs` tells that the body of the
    earlier alert was another one. `claims` are the lanes that were claimed,
    each for its Departure.
    """

    receipt: str
    duplicate: bool
    differs: bool
    orders: tuple[OrderRow, ...] = ()
    claims: tuple[Claim, ...] = ()
    repeated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class SecretUse:
    """When one of a sender's secrets, known by its mark, last proved an alert in one way (body, path, …)."""

    sender: str
    mark: str
    way: str
    last_used_at: datetime
