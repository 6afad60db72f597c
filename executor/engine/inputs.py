"""What a decision is made from: the position, the contract and the account's mode, as they are just before it."""

from executor.bitget.reads import ReadFailed
from executor.core.decision import Terms
from executor.core.position import PositionMode
from executor.engine.lane import HeldLane
from executor.engine.proposal import Inputs
from executor.errors import ExecutorError

ANY_TIME = float("-inf")


class Unfit(ExecutorError):
    """Nothing can be decided for this account or symbol, whatever its position is. The text says what to change."""


class MustAsk(ExecutorError):
    """Something has to be asked first, and the caller does not wait for that."""


def gather(held: HeldLane, after: float = ANY_TIME, *, ask: bool = True) -> Inputs:
    """The position is one that was asked for after that moment (time.monotonic()).

    Raises ReadFailed while something needed for a decision is unknown, ReadRefused or Unfit if it stays so. Without
    `ask` nothing is asked: MustAsk is raised instead.
    """
    venue, market = held.venue(), held.market()
    if venue is None or market is None:
        lost = f"account {held.lane.account}" if venue is None else f"symbol {held.lane.symbol}"
        raise Unfit(f"config.yaml no longer has {lost}")
    if not (ask or venue.has_contract(market)):
        raise MustAsk
    contract = venue.contract(market)
    watched = venue.watched(market, max(held.nothing_since, after))  # late, because it grows old
    if not (ask or watched):
        raise MustAsk
    read = watched or venue.exchange.position(market, urgent=True)
    if held.previous and held.previous.may_be(read):
        raise ReadFailed(f"the {market.symbol} position", "what came may be from before the last order")
    if not (ask or read.mode or venue.has_mode(market)):
        raise MustAsk
    account = venue.account
    if (mode := read.mode or venue.mode(market)) is not account.position_mode:
        raise Unfit(_mode_mismatch(account.name, mode, account.position_mode))
    terms = Terms(account.position_mode, contract, account.parameters.partial_one_way, read.mark_price)
    return Inputs(venue, market, read, terms, asked_now=watched is None)


def _mode_mismatch(account: str, real: PositionMode, configured: PositionMode) -> str:
    return (
        f"account {account} is in {real} mode at the exchange, but config.yaml says position_mode: {configured}; "
        "nothing was sent. Change position_mode in config.yaml, or the account's mode in Bitget's app"
    )
