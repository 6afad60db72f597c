"""What can go wrong with the ledger.

LedgerError
├── LedgerUnavailable   it cannot be read or written now
│   ├── LedgerSlow      not within the time that the caller has
│   └── LedgerGone      its file was deleted or replaced
├── LedgerOutdated      its tables are of another version
├── LaneLost            another process holds the lane
└── OrderMoved          the order's state does not allow the step
"""

from executor.core.order import Lane
from executor.errors import LedgerError


class LedgerUnavailable(LedgerError):
    """It could not be read or written just now. Trying again may work."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the ledger could not be used: {why}; try again, and if it stays so check the disk or the database server "
            "named under `ledger:` in config.yaml"
        )


class LedgerSlow(LedgerUnavailable):
    """The caller's time is over. Nothing is kept, unless the commit itself had begun."""

    def __init__(self) -> None:
        super().__init__("it was not ready within the time that an alert may wait")


class LedgerGone(LedgerUnavailable):
    """SQLite's file was deleted or replaced while it is open: what is written to it now would be lost."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"its file {name} was deleted, moved or replaced while it is open; nothing is taken or sent until the same "
            "file is back in its place, or the executor is restarted and goes on with the file that is there"
        )


class LedgerOutdated(LedgerError):
    """The ledger's tables are not those of this version."""

    def __init__(self, found: str | None, known: str) -> None:
        super().__init__(
            f"the ledger's tables are at version {found or 'none'}, this executor needs {known}: "
            "start `executor serve` once to bring an older ledger up, or upgrade the executor for a newer one"
        )


class LaneLost(LedgerError):
    """Another process has taken this lane over; nothing was written."""

    def __init__(self, lane: Lane) -> None:
        super().__init__(
            f"lane {lane} is not this process's: another one has it, or the write that claimed it was not kept"
        )
        self.lane = lane


class OrderMoved(LedgerError):
    """An order was not in a state from which the step is legal; nothing was written."""

    def __init__(self, order_id: str, found: str, wanted: str) -> None:
        super().__init__(f"order {order_id} is {found} and cannot become {wanted}; this is a bug, please report it")
