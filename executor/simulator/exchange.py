"""The exchange's state behind its HTTP face: accounts, clock, rate limits and a journal. One lock guards it all."""

import time
from collections import deque
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from executor.simulator.faults import Faults
from executor.simulator.later import Later
from executor.simulator.market import Account
from executor.simulator.moment import Moment
from executor.simulator.refusal import RequestRefused
from executor.simulator.settings import Settings
from executor.simulator.traffic import Traffic

MOST_JOURNAL = 100_000


@dataclass
class Exchange:
    """Everything that changes while the simulator runs."""

    settings: Settings
    faults: Faults = field(default_factory=Faults)
    lock: Any = field(default_factory=RLock)
    skew_ms: int = 0
    stale_ms: int = 0
    rate_limits: bool = True

    def __post_init__(self) -> None:
        self.later, self.traffic = Later(self.lock), Traffic()
        self.reset()

    def reset(self) -> None:
        with self.lock:
            self.later.call_off()
            self.accounts = {each.key: Account.opened(each, self.settings) for each in self.settings.accounts}
            self.journal: deque[dict[str, Any]] = deque(maxlen=MOST_JOURNAL)
            self.rate_limits = self.settings.rate_limits
            self.skew_ms = self.stale_ms = 0
            self.traffic.forget()
            self.faults.clear()

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.skew_ms

    def moment(self, lag_ms: int = 0) -> Moment:
        """Now; what is read shows the past, by the longer of this lag and the general one."""
        return Moment(self.settings, self.now_ms(), max(lag_ms, self.stale_ms))

    def check_address(self, address: str) -> None:
        """Count a request from this address. Raises RequestRefused if there were too many."""
        with self.lock:
            if not self.traffic.admits_address(address, limited=self.rate_limits):
                raise RequestRefused("429", "Too Many Requests")

    def check_limit(self, who: str, endpoint: str, *, public: bool = False) -> None:
        """Count a request of this account, or from this address. Raises RequestRefused if there were too many."""
        with self.lock:
            if not self.traffic.admits(who, endpoint, public=public, limited=self.rate_limits):
                raise RequestRefused("429", "Too Many Requests")

    def note(self, **facts: Any) -> dict[str, Any]:
        """Write a POST into the journal; what becomes of it is added to the same entry."""
        entry = {"at": time.time(), "executed": False} | facts
        self.journal.append(entry)
        return entry
