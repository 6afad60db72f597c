"""Gathers what a decision is made from: the position, the contract and the account's mode."""

from executor.bitget.reads import ReadFailed
from executor.core.decision import Terms
from executor.core.position import PositionMode
from executor.engine.lane.held_lane import HeldLane
from executor.engine.lane.proposal import Inputs
from executor.errors import ExecutorError

ANY_TIME = float("-inf")


class Undecidable(ExecutorError):
    """No decision is possible for this account or symbol, at any position. The text says what to change."""


class MustAsk(ExecutorError):
    """The exchange has to be asked first, and the caller does not wait for that."""


def gather(held: HeldLane, after: float = ANY_TIME, *, ask: bool = True) -> Inputs:
    """The position is one that was asked for after that moment (time.monotonic()).

    Raises ReadFailed while something needed for a decision is unknown, ReadRefused or Undecidable if it stays unknown.
    Without `ask` nothing is asked: MustAsk is raised instead.
    """
    account, market = held.account(), held.market()
    if account is None or market is None:
        lost = f"account {held.lane.account}" if account is None else f"symbol {held.lane.symbol}"
        raise Undecidable(f"config.yaml no longer has {lost}")
    if not (ask or account.has_contract(market)):
        raise MustAsk
    contract = account.contract(market)
    watched = account.watched(market, max(held.nothing_since, after))  # late, because it grows old
    if not (ask or watched):
        raise MustAsk
    read = watched or account.exchange.position(market, urgent=True)
    if held.previous and held.previous.may_be(read):
        raise ReadFailed(f"the {market.symbol} position", "what came may be from before the last order")
    if not (ask or read.mode or account.has_mode(market)):
        raise MustAsk
    config = account.config
    if (mode := read.mode or account.mode(market)) is not config.position_mode:
        raise Undecidable(_mode_mismatch(config.name, mode, config.position_mode))
    terms = Terms(config.position_mode, contract, config.parameters.partial_one_way, read.mark_price)
    return Inputs(account, market, read, terms, asked_now=watched is None)


def _mode_mismatch(account: str, real: PositionMode, configured: PositionMode) -> str:
    return (
        f"account {account} is in {real} mode at the exchange, but config.yaml says position_mode: {configured}; "
        "nothing was sent. Change position_mode in config.yaml, or the account's mode in Bitget's app"
    )
