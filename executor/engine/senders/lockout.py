"""Locks on wrong attempts: too many came from an address, for a sender, or in all.

A lock keeps the log and the processor free; the protection is that secrets are too long to guess. It never refuses a
right attempt: a stranger may send from TradingView's own addresses, and must not be able to lock the owner out. Locks
are kept in the memory of each process, by its monotonic clock: `now` is time.monotonic(), as a timedelta.
"""

import ipaddress
import threading
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

WINDOW = timedelta(minutes=1)
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)
_MOST_DOUBLINGS = 6  # 64 minutes: more than the longest
QUIET = timedelta(hours=1)  # without a wrong attempt, after which a record is forgotten
_LONGEST_NAME = 100  # of a sender, as the URL gives it


class LockScope(StrEnum):
    """What wrong attempts have in common."""

    ADDRESS = "address"
    SENDER = "sender"
    ALL = "all"


# Wrong attempts in a minute that begin a lock.
LIMITS = {LockScope.ADDRESS: 10, LockScope.SENDER: 30, LockScope.ALL: 100}
Key = tuple[LockScope, str]


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that began or, if `over`, ended; `refused` counts the attempts that it refused."""

    scope: LockScope
    name: str
    until: timedelta
    over: bool = False
    refused: int = 0


@dataclass(slots=True)
class _Record:
    window_from: timedelta
    last: timedelta
    failures: int = 0
    locks: int = 0
    until: timedelta | None = None  # while locked, and until its end has been reported
    lasts: timedelta = timedelta(0)  # the whole length of that lock
    refused: int = 0


class Lockout:
    """Thread-safe. Keeps `most_records` addresses and senders; those without an attempt for longest are forgotten."""

    def __init__(self, most_records: int = 10_000) -> None:
        self._most_records = most_records
        self._guard = threading.Lock()
        self._records: dict[Key, _Record] = {}  # the one without an attempt for longest first
        self._news: list[Lock] = []

    def failed(self, address: str | None, sender: str, now: timedelta) -> timedelta | None:
        """Count a wrong attempt. How long the lock lasts that refuses it; a refused attempt counts for nothing else.

        Whether there is a sender of that name makes no difference.
        """
        keys = _keys(address, sender)
        with self._guard:
            for key in keys:
                if pause := self._refused(key, now):
                    return pause
            for key in keys:
                self._count(key, now)
            while len(self._records) > self._most_records:
                self._forget(next(iter(self._records)))
        return None

    def is_locked(self, address: str | None, sender: str, now: timedelta) -> bool:
        """Whether a lock would refuse a wrong attempt. Counts nothing."""
        with self._guard:
            records = [self._records.get(key) for key in _keys(address, sender)]
        return any(record and record.until and record.until > now for record in records)

    def news(self, now: timedelta) -> tuple[Lock, ...]:
        """The locks that began and ended since the last call, in order. Forgets old records."""
        with self._guard:
            for key, record in list(self._records.items()):
                if record.until and record.until <= now:
                    self._record_end(key, record)
                if record.until is None and now - record.last >= QUIET:
                    self._forget(key)
            news, self._news = self._news, []
        return tuple(news)

    def _refused(self, key: Key, now: timedelta) -> timedelta | None:
        record = self._records.get(key)
        if record is None or record.until is None or record.until <= now:
            return None
        record.refused += 1
        self._touch(key, record, now)
        return min(record.until - now, record.lasts)  # an attempt may have come before the one that locked

    def _count(self, key: Key, now: timedelta) -> None:
        record = self._records.get(key) or _Record(now, now)
        self._touch(key, record, now)
        if record.until:
            self._record_end(key, record)
        if now - record.window_from >= WINDOW:
            record.window_from, record.failures = now, 0
        record.failures += 1
        if record.failures >= LIMITS[key[0]]:
            record.lasts = min(FIRST_LOCK * 2 ** min(record.locks, _MOST_DOUBLINGS), LONGEST_LOCK)
            record.until = now + record.lasts
            record.locks += 1
            record.failures = 0
            self._news.append(Lock(*key, record.until))

    def _touch(self, key: Key, record: _Record, now: timedelta) -> None:
        record.last = now
        self._records[key] = self._records.pop(key, record)

    def _record_end(self, key: Key, record: _Record) -> None:
        if record.until:
            self._news.append(Lock(*key, record.until, True, record.refused))
        record.until, record.refused = None, 0

    def _forget(self, key: Key) -> None:
        self._record_end(key, self._records.pop(key))


def _keys(address: str | None, sender: str) -> tuple[Key, ...]:
    return (LockScope.ALL, ""), (LockScope.SENDER, sender[:_LONGEST_NAME]), (LockScope.ADDRESS, neighbourhood(address))


def neighbourhood(address: str | None, ipv6_bits: int = 64) -> str:
    """What counts as one client: an IPv4 address, also one inside IPv6; or an IPv6 network, of /64 because every home
    has at least one of that size.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.IPv6Network((int(parsed), ipv6_bits), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
