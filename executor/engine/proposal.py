"""A signed request, and what it was decided from."""

from dataclasses import dataclass

from executor.bitget.client import Prepared
from executor.bitget.positions import PositionRead
from executor.core.contract import Market
from executor.core.decision import Action, Terms
from executor.engine.venue import Venue
from executor.ledger import Send


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the account and the contract look like just before a decision."""

    venue: Venue
    market: Market
    read: PositionRead
    terms: Terms
    asked_now: bool  # the position, rather than taken from the watch


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request that may be sent once the ledger holds it as sent."""

    action: Action
    prepared: Prepared
    send: Send
    inputs: Inputs
    since: float  # time.monotonic(): when it was signed
