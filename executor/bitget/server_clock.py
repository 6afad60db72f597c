"""The exchange's clock, learned from its replies."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLE_LIFETIME_SECONDS = 60.0  # quartz drifts some milliseconds in that time
AGREED = 2  # replies
EARLIEST_PLAUSIBLE_MS = 1_500_000_000_000  # an earlier time, such as 0, is no time


def from_milliseconds(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


class Sample(NamedTuple):
    """What one reply says of the time, in milliseconds; the true offset is `offset_ms` ± `error_ms`."""

    offset_ms: float  # the server's clock minus our monotonic one
    error_ms: float
    taken_at_ms: float

    def contradicts(self, other: "Sample") -> bool:
        return abs(self.offset_ms - other.offset_ms) > self.error_ms + other.error_ms + 1


class ServerClock:
    """Thread-safe. Runs on the monotonic clock, so that a step of the machine's clock moves nothing."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sample: Sample | None = None
        self._witnesses = 0  # replies that agree on it
        self._jump: Sample | None = None  # one reply that contradicts them

    def learn(self, server_ms: int, asked_at: float, answered_at: float) -> None:
        """Learn from the server's time in a reply; both other times are `time.monotonic()` seconds.

        The most exact sample of the last minute counts. A reply that contradicts several others counts once a second
        one says the same: then a clock was stepped.
        """
        if server_ms < EARLIEST_PLAUSIBLE_MS:
            return
        half_trip_ms = (answered_at - asked_at) * 500
        new = Sample(server_ms - (asked_at + answered_at) * 500, half_trip_ms, answered_at * 1000)
        with self._lock:
            old = self._sample
            if old is not None and new.contradicts(old):
                self._contradicted(new)
                return
            self._jump = None
            self._witnesses += 1
            if old is None or new.error_ms <= old.error_ms or _aged(old, new):
                self._sample = new

    def _contradicted(self, new: Sample) -> None:
        seconded = self._jump is not None and not new.contradicts(self._jump)
        if seconded or self._witnesses < AGREED:
            self._sample, self._jump, self._witnesses = new, None, AGREED if seconded else 1
        else:
            self._jump = new

    def milliseconds(self) -> int:
        """The server's time in milliseconds since 1970; the machine's own before the first reply."""
        sample = self._sample
        if sample is None:
            return time.time_ns() // 1_000_000
        return int(self._monotonic() * 1000 + sample.offset_ms)

    def now(self) -> datetime:
        return from_milliseconds(self.milliseconds())

    @property
    def agreed(self) -> bool:
        """Whether more than one reply agrees on this time, so that decisions may rest on it."""
        return self._witnesses >= AGREED

    @property
    def error(self) -> timedelta | None:
        """How far off it can be: half the round trip it was learned from, or None while nothing was learned."""
        sample = self._sample
        return timedelta(milliseconds=sample.error_ms) if sample else None


def _aged(old: Sample, new: Sample) -> bool:
    return new.taken_at_ms - old.taken_at_ms > SAMPLE_LIFETIME_SECONDS * 1000
