"""What would be decided and requested at a position that is given: for `explain` and for the tests of config.yaml."""

from dataclasses import dataclass
from decimal import localcontext

from executor.core.contract import Contract, Market
from executor.core.decision import Decision, Denied, Terms, Unneeded, decide
from executor.core.order import Intent
from executor.core.position import ZERO, Position, PositionMode
from executor.core.reversal import Parameters, Request, request_for

_PLACES = 20  # decimals of a size: more than any contract has
_DIGITS = 60  # of a calculation


@dataclass(frozen=True, slots=True)
class DryRun:
    """The decision, and the request that would carry it out; None if nothing would be sent."""

    decision: Decision
    request: Request | None


def unlimited(symbol: str) -> Contract:
    """A contract that allows every size: the real limits are known to the exchange only."""
    return Contract(symbol, step=ZERO, places=_PLACES, minimum=ZERO)


def try_intent(
    intent: Intent,
    position: Position,
    contract: Contract,
    market: Market,
    mode: PositionMode,
    parameters: Parameters,
) -> DryRun:
    """What an intent would come to, by the code that decides for the exchange."""
    terms = Terms(mode, contract, parameters.partial_one_way)
    with localcontext(prec=_DIGITS):
        decision = decide(intent, position, terms)
    if isinstance(decision, Unneeded | Denied):
        return DryRun(decision, None)
    return DryRun(decision, request_for(decision, market, mode, parameters))
