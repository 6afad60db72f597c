"""Brakes: a symbol that flips too often within its window halts its lane for the cooldown."""

from datetime import timedelta

import structlog

from executor.engine.lane.held_lane import HeldLane
from executor.ledger import HaltScope

log = structlog.get_logger()
AUTHOR = "brakes"


def trip(held: HeldLane) -> str | None:
    """Why one more reversal is too many, after the lane has been halted for it; None if there is room."""
    brakes = held.brakes()
    if brakes is None:
        return None
    flips = held.ledger.queries.count_reversals(held.lane, brakes.window)
    if flips < brakes.flips:
        return None
    window = f"{brakes.window.total_seconds():g} s"
    reason = f"{flips} reversals of {held.lane.symbol} within {window}, and its brakes allow {brakes.flips}"
    _halt(held, reason, brakes.cooldown)
    return f"halted by brakes: {reason}"


def _halt(held: HeldLane, reason: str, lasts: timedelta) -> None:
    account, symbol = held.lane
    held.ledger.halts.halt(HaltScope(account, symbol), AUTHOR, reason, held.now(), lasts)
    log.error("halted", account=account, symbol=symbol, author=AUTHOR, reason=reason)
