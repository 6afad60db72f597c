"""Halts, and what they cover."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from executor.core.order import Lane


class HaltScope(NamedTuple):
    """What a halt covers: everything, one account, one symbol of one account (a lane), or a symbol everywhere."""

    account: str | None = None
    symbol: str | None = None

    def covers(self, lane: Lane) -> bool:
        return self.account in (None, lane.account) and self.symbol in (None, lane.symbol)

    def __str__(self) -> str:
        return f"{self.account or 'every account'}, {self.symbol or 'every symbol'}"


@dataclass(frozen=True, slots=True)
class Halt:
    """Nothing is sent within its scope until it is lifted, or for as long as is `left` of it (None: no end)."""

    id: int
    scope: HaltScope
    author: str
    reason: str
    at: datetime
    left: timedelta | None
