"""The ledger: what happened, in SQLite or PostgreSQL. It is written before anything else happens.

`open_ledger(url)` gives a `Ledger`, which holds one object for each subject.
The subject's statements and verbs stand in the module of its name:

    ledger.alerts.record(alert, intents)           alerts.py
    ledger.lanes.claim(lane, node)                 lanes.py
    ledger.orders.mark_sent(departure, id, at)     orders.py
    ledger.halts.halt(scope, author, reason, at)   halts.py
    ledger.nodes.heartbeat(node, lease)            nodes.py
    ledger.watches.publish(watch, node, read)      watches.py
    ledger.secret_uses.record(uses)                secret_uses.py
    ledger.queries.receipt(receipt)                queries.py: all that people read

Read in this order:

1. `records/`: the values that go in and come out.
2. `tables`: the tables, and the indexes that are locks.
3. `transactions`: how a verb gets its transaction.
4. `alerts`, `orders`, `lanes`: an alert's way through the ledger. They share
   `steps` (an order's step to another state), `order_rows` (orders as they
   are read) and `lane_memory` (what a lane's row keeps for its next owner).
5. `ledger`: how it is opened.
6. `database/`: the two databases, group commit, time limits.

`clock` is the ledger's clock, `columns` how values are kept in columns,
`statements` SQL that is compiled once, `tally` how orders are counted,
`migrating` how an older ledger is brought up, `errors` what can go wrong.

State, table by table:

    alerts        every alert that was accepted, without credentials
    dedupe        the keys by which an alert is known as a repetition
    orders        one row an order, with its state and its whole history
    sends         one row each time a request for an order was sent
    lanes         who holds a lane (owner, fence), and what the next owner must know
    nodes         the processes, each with its lease
    watches       which process reads an account at the exchange for all
    watch_reads   what it has read there
    halts         what must not be sent, and until when
    secret_uses   when each secret of a sender was last used
    ledger_clock  on SQLite: the clock's offset

What holds it together:

- At most one order of a lane is sent, accepted or in doubt. The unique index
  `one_in_flight` keeps that rule, and so is the lane's lock.
- A claim of a lane has a fence. A process that has lost the lane without
  knowing writes nothing under its old claim.
- An alert is on disk before it is acknowledged, and an order's sending before
  its request leaves (`writing_durably`). All other writes only say how
  something ended, and recovery finds that out again after a power cut.
- Callers that wait for a limited time give it as `within_seconds`; every other
  wait is bounded by `DatabaseLimits`.

Threads: none of its own, but those of `database/bounded`.
"""

from executor.ledger.database import DatabaseLimits
from executor.ledger.errors import LaneLost, LedgerGone, LedgerOutdated, LedgerSlow, LedgerUnavailable, OrderMoved
from executor.ledger.ledger import Ledger, open_ledger
from executor.ledger.records import (
    Answered,
    Beat,
    Claim,
    Counts,
    Departure,
    Differing,
    Doubt,
    Halt,
    HaltScope,
    IdleLane,
    KeyInUse,
    LaneMemory,
    NewAlert,
    Node,
    OrderEnd,
    OrderRow,
    Overview,
    Receipt,
    Recorded,
    SecretUse,
    Send,
    SendRow,
    SharedRead,
    Transition,
    WatchLease,
)

__all__ = [
    "Answered",
    "Beat",
    "Claim",
    "Counts",
    "DatabaseLimits",
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
    "OrderEnd",
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
