"""What the overview shows: the ledger's side and the exchange's side of every lane, and a verdict on both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from executor.core.order import Lane
from executor.core.position import Position
from executor.engine.runner import Runner
from executor.ledger import Halt, OrderRow, Overview

NEWEST = 50


class Verdict(StrEnum):
    """The state of everything in one word: the worst that applies."""

    TROUBLE = "trouble"
    HALTED = "halted"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account, and why its positions cannot be read just now, if so."""

    name: str
    venue: str
    position_mode: str
    trouble: str | None


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane; `holds` is None if its position is not known just now."""

    lane: Lane
    holds: Position | None
    last: OrderRow | None
    halt: Halt | None


@dataclass(frozen=True, slots=True)
class View:
    """The overview as of `now`. `idle` counts the lanes left out: nothing held, nothing halted, no order lately."""

    now: datetime
    verdict: Verdict
    ledger: Overview
    accounts: tuple[AccountView, ...]
    lanes: tuple[LaneView, ...]
    idle: int
    incomplete: tuple[OrderRow, ...]
    complaint: str | None
    clock: str | None
    symbols: tuple[str, ...]


def view_of(runner: Runner) -> View:
    """Raises LedgerUnavailable."""
    now, config, holdings = runner.now(), runner.config, runner.accounts.holdings()
    seen, troubles = runner.ledger.queries.overview(NEWEST), runner.accounts.troubles()
    accounts = tuple(
        AccountView(name, account.venue, account.position_mode.value, troubles.get(name))
        for name, account in config.accounts.items()
    )
    every = [LaneView(*both, _halt_over(both[0], seen)) for both in _lanes(holdings, seen)]
    shown = tuple(lane for lane in every if lane.last or lane.halt or lane.holds is None or not lane.holds.flat)
    incomplete = tuple(order for order in seen.incomplete if not _put_right(order, holdings))
    complaint, clock = runner.follower.complaint, runner.clock_check.trouble
    ill = troubles or complaint or clock or incomplete or seen.unclear
    verdict = Verdict.TROUBLE if ill else Verdict.HALTED if seen.halts else Verdict.WELL
    idle = len(every) - len(shown)
    return View(now, verdict, seen, accounts, shown, idle, incomplete, complaint, clock, tuple(config.symbols))


def _lanes(
    holdings: dict[Lane, Position | None], seen: Overview
) -> Iterator[tuple[Lane, Position | None, OrderRow | None]]:
    """The configuration's lanes in its order, then those that only the ledger has."""
    for lane in (*holdings, *(lane for lane in seen.last if lane not in holdings)):
        yield lane, holdings.get(lane), seen.last.get(lane)


def _halt_over(lane: Lane, seen: Overview) -> Halt | None:
    return next((halt for halt in seen.halts if halt.scope.covers(lane)), None)


def _put_right(order: OrderRow, holdings: dict[Lane, Position | None]) -> bool:
    """Whether the account holds by now what the incomplete order was planned to reach."""
    held = holdings.get(order.intent.lane)
    return held is not None and order.plan is not None and held.satisfies(order.plan, order.intent.aim)
