"""What a decision is made from: the position, the contract and the account's mode, as they are just before it."""

from executor.bitget.reads import ReadFailed
from executor.core.decision import Terms
from executor.core.position import PositionMode
from executor.engine.ready import Situation
from executor.engine.work import Work
from executor.errors import ExecutorError

ANY_TIME = float("-inf")


class Unfit(ExecutorError):
    """Nothing can be decided for this account or symbol, whatever its position is. The text says what to change."""


def situation(work: Work, after: float = ANY_TIME) -> Situation:
    """Asks for what is not known, and for a position that was asked for after that moment (time.monotonic()).

    Raises ReadFailed while something needed for a decision is unknown, ReadRefused or Unfit if it stays so.
    """
    venue, market = work.venue(), work.market()
    if venue is None or market is None:
        lost = f"account {work.lane.account}" if venue is None else f"symbol {work.lane.symbol}"
        raise Unfit(f"config.yaml no longer has {lost}")
    contract = venue.contract(market)
    watched = venue.watched(market, max(work.nothing_since, after))  # late, because it grows old
    read = watched or venue.exchange.position(market, urgent=True)
    if work.is_previous(read):
        raise ReadFailed(f"the {market.symbol} position", "what came may be from before the last order")
    account = venue.account
    if (mode := read.mode or venue.mode(market)) is not account.position_mode:
        raise Unfit(_mode_mismatch(account.name, mode, account.position_mode))
    terms = Terms(account.position_mode, contract, account.parameters.partial_one_way, read.mark_price)
    return Situation(venue, market, read, terms, asked_now=watched is None)


def is_known(work: Work) -> bool:
    """Whether `situation` has nothing to ask for."""
    venue, market = work.venue(), work.market()
    return venue is not None and market is not None and venue.knows(market, work.nothing_since)


def _mode_mismatch(account: str, real: PositionMode, configured: PositionMode) -> str:
    return (
        f"account {account} is in {real} mode at the exchange, but config.yaml says position_mode: {configured}; "
        "nothing was sent. Change position_mode in config.yaml, or the account's mode in Bitget's app"
    )
