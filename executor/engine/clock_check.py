"""Compares the machine's wall clock with the exchange's, and logs when they differ.

No duration is measured by the wall clock. But the age of a signal when it arrives, and which of two signals was sent
later, are.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from executor.bitget.server_clock import ServerClock

log = structlog.get_logger()

MOST_OFF = timedelta(seconds=2)
WELL = timedelta(seconds=1)  # reported as over only then, so that it is not reported again and again


class ClockCheck:
    """`trouble` is None while they agree, as far as the exchange's clock is known."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.trouble: str | None = None

    def look(self, clocks: Mapping[str, ServerClock]) -> None:
        """`clocks` are the exchange's, by account. Logs when the trouble begins and when it ends."""
        off, account = max(
            ((self._off(clock), account) for account, clock in clocks.items()),
            key=lambda found: abs(found[0]),
            default=(timedelta(0), ""),
        )
        if abs(off) > (WELL if self.trouble else MOST_OFF):
            if self.trouble is None:
                log.warning("machine clock off", account=account, seconds=round(off.total_seconds(), 1))
            self.trouble = _told(off, account)
        elif self.trouble:
            log.info("machine clock right again")
            self.trouble = None

    def _off(self, clock: ServerClock) -> timedelta:
        """At least so much is the machine ahead of the exchange; negative if it is behind."""
        if clock.error is None:
            return timedelta(0)
        off, error = self._now() - clock.now(), clock.error
        return max(off - error, timedelta(0)) if off > timedelta(0) else min(off + error, timedelta(0))


def _told(off: timedelta, account: str) -> str:
    way = "ahead of" if off > timedelta(0) else "behind"
    return (
        f"this machine's clock is {abs(off.total_seconds()):.0f} s {way} the exchange's (account {account}); signals "
        "may be taken for too old or too new: let the machine keep its time by NTP"
    )
