"""The exchange's clock, as far as its replies let us know it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLE_LIFETIME_SECONDS = 60.0  # quartz drifts some milliseconds in that time
EARLIEST_PLAUSIBLE_MS = 1_500_000_000_000  # a reply that says 0 says nothing


def from_milliseconds(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


class Sample(NamedTuple):
    """One reply's word on the time, in milliseconds; the truth lies within `offset_ms` ± `error_ms`."""

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

    def learn(self, server_ms: int, asked_at: float, answered_at: float) -> None:
        """Take in the server's time of a reply; both other times are `time.monotonic()` seconds.

        The tightest sample of the last minute counts, unless a newer one contradicts it: then a clock was stepped.
        """
        if server_ms < EARLIEST_PLAUSIBLE_MS:
            return
        half_trip_ms = (answered_at - asked_at) * 500
        new = Sample(server_ms - (asked_at + answered_at) * 500, half_trip_ms, answered_at * 1000)
        with self._lock:
            old = self._sample
            if old is None or new.error_ms <= old.error_ms or _aged(old, new) or new.contradicts(old):
                self._sample = new

    def milliseconds(self) -> int:
        """The server's time in milliseconds since 1970; the machine's own until a reply has told it."""
        sample = self._sample
        if sample is None:
            return time.time_ns() // 1_000_000
        return int(self._monotonic() * 1000 + sample.offset_ms)

    def now(self) -> datetime:
        return from_milliseconds(self.milliseconds())

    @property
    def error(self) -> timedelta | None:
        """How far off it can be: half the round trip it was learned from, or None while nothing was learned."""
        sample = self._sample
        return timedelta(milliseconds=sample.error_ms) if sample else None


def _aged(old: Sample, new: Sample) -> bool:
    return new.taken_at_ms - old.taken_at_ms > SAMPLE_LIFETIME_SECONDS * 1000
