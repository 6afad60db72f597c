"""What happened: alerts, orders, every change of state, lanes and halts, in SQLite or PostgreSQL."""

from executor.ledger.errors import LaneLost, LedgerGone, LedgerOutdated, LedgerSlow, LedgerUnavailable, OrderMoved
from executor.ledger.node_rows import Beat, Node, SharedRead, WatchLease
from executor.ledger.overview import Overview
from executor.ledger.receipt import Differing, Receipt
from executor.ledger.rows import (
    Answered,
    Claim,
    Departure,
    Doubt,
    Halt,
    HaltScope,
    IdleLane,
    KeyInUse,
    LaneMemory,
    NewAlert,
    OrderRow,
    Recorded,
    SecretUse,
    Send,
    SendRow,
    Transition,
)
from executor.ledger.store import Ledger, open_ledger
from executor.ledger.tally import Counts

__all__ = [
    "Answered",
    "Beat",
    "Claim",
    "Counts",
    "Departure",
    "Differing",
    "Doubt",
    "Halt",
    "HaltScope",
    "IdleLane",
    "KeyInUse",
    "LaneLost",
    "LaneMemory",
    "Ledger",
    "LedgerGone",
    "LedgerOutdated",
    "LedgerSlow",
    "LedgerUnavailable",
    "NewAlert",
    "Node",
    "OrderMoved",
    "OrderRow",
    "Overview",
    "Receipt",
    "Recorded",
    "SecretUse",
    "Send",
    "SendRow",
    "SharedRead",
    "Transition",
    "WatchLease",
    "open_ledger",
]
