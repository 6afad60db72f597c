"""The machine's wall clock: for the times that people read, and for those that senders write. It can be stepped.

How long something lasts goes by time.monotonic() within a process, and by the ledger's clock in the ledger.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
