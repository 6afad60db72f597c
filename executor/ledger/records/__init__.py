"""What goes into the ledger and what comes out, as frozen values.

Times that people read are on the machine's wall clock. Times that something
lasts by are on the ledger's clock (`executor/ledger/clock.py`); each field
says so.
"""

from executor.ledger.records.alerts import NewAlert, Recorded, SecretUse
from executor.ledger.records.halts import Halt, HaltScope
from executor.ledger.records.lanes import Claim, Departure, IdleLane, LaneMemory
from executor.ledger.records.nodes import Beat, Node, SharedRead, WatchLease
from executor.ledger.records.orders import (
    Answered,
    Doubt,
    KeyInUse,
    OrderEnd,
    OrderRow,
    Send,
    SendRow,
    Transition,
)
from executor.ledger.records.overview import Counts, Overview
from executor.ledger.records.receipts import Differing, Receipt

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
    "LaneMemory",
    "NewAlert",
    "Node",
    "OrderEnd",
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
]
