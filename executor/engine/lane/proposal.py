"""A signed request, and what it was decided from."""

from dataclasses import dataclass, replace
from datetime import datetime

from executor.bitget.client import SignedRequest
from executor.bitget.positions import PositionRead
from executor.core.contract import Market
from executor.core.decision import Action, Terms
from executor.core.order import State
from executor.engine.accounts.account import Account
from executor.ledger import Claim, Departure, OrderRow, Send, SendRow


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the account and the contract look like just before a decision."""

    account: Account
    market: Market
    read: PositionRead
    terms: Terms
    asked_now: bool  # the position, rather than taken from the watch


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request that may be sent once the ledger holds it as sent."""

    action: Action
    signed: SignedRequest
    send: Send
    inputs: Inputs
    since: float  # time.monotonic(): when it was signed

    def departure(self, claim: Claim) -> Departure:
        """What the ledger writes down of it."""
        return Departure(claim, self.send, self.inputs.read.position, self.action.plan, str(self.action))

    def sent(self, order: OrderRow, at: datetime) -> OrderRow:
        """The order as the ledger holds it then."""
        send = self.send
        facts = (send.attempt, send.client_order_id, send.operation, send.request, send.signed_at)
        row = SendRow(*facts, at, None, None, key_mark=send.key_mark)
        return replace(
            order,
            state=State.SENT,
            updated_at=at,
            sends=(*order.sends, row),
            attempt=send.attempt,
            position_before=self.inputs.read.position,
            plan=self.action.plan,
            decided=str(self.action),
        )
