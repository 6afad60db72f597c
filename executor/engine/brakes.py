"""Brakes: a symbol that flips too often within its window halts its lane for the cooldown."""

from executor.engine.work import Work


def trip(work: Work) -> str | None:
    """Why one more reversal is too many, after the lane has been halted for it; None if there is room."""
    brakes = work.brakes()
    if brakes is None:
        return None
    flips = work.ledger.count_reversals(work.lane, brakes.window)
    if flips < brakes.flips:
        return None
    window = f"{brakes.window.total_seconds():g} s"
    reason = f"{flips} reversals of {work.lane.symbol} within {window}, and its brakes allow {brakes.flips}"
    work.halt("brakes", reason, brakes.cooldown)
    return f"halted by brakes: {reason}"
