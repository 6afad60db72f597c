"""A request that may leave, and what it was decided from."""

from dataclasses import dataclass

from executor.bitget.client import Prepared
from executor.bitget.positions import PositionRead
from executor.core.contract import Market
from executor.core.decision import Action, Terms
from executor.engine.gate import Gate
from executor.engine.venue import Venue
from executor.ledger import Send


@dataclass(frozen=True, slots=True)
class Situation:
    """What the account and the contract look like just before a decision."""

    venue: Venue
    market: Market
    read: PositionRead
    terms: Terms
    asked_now: bool  # the position, rather than taken from the watch


@dataclass(frozen=True, slots=True)
class Ready:
    """A request that is signed and may leave once the ledger holds it: then its gate is opened."""

    action: Action
    prepared: Prepared
    send: Send
    found: Situation
    since: float  # time.monotonic()
    gate: Gate
