"""Decides. Pure: no clock, disk, network or logging; `now` is an argument. Everything can be tried as a table.

In the order of an alert's way, and of reading:

    alert/        bytes → fields, whatever shape a message has
    sender/       who sent it, proven before anything of it is read
    rules/        which rule wants it, and what that asks of each lane: intents
    values/       the expressions in a rule's values
    position      what an account holds of a symbol, and what it should hold
    contract      what the exchange lets be traded of it
    sizing        how much of a position a rule wants turned
    order         an intent, its lane, and the states of an order
    precedence    which waiting order runs next
    decision      target × position × rule → what to do
    reversal      what to do → the exchange's request, per position mode
    evidence      what became of a request, judged from what can be seen
    dry_run       decision and request at a position that is given

A trader can check `decision`, `reversal` and `evidence` against the exchange's pages: each is a table, or reads like
one. The names below, and those of the four packages, are what other packages use.
"""

from executor.core.contract import Contract, Market
from executor.core.decision import (
    Action,
    Close,
    Decision,
    Denied,
    Open,
    Reverse,
    Terms,
    Unneeded,
    builds_up,
    decide,
    moves_away,
)
from executor.core.dry_run import DryRun, try_intent, unlimited
from executor.core.evidence import (
    LATE_READS,
    LATE_READS_WHERE_IT_HARMS,
    SIGNATURE_LIFETIME,
    AcceptedEvidence,
    Confirmed,
    Doubted,
    Evidence,
    Incomplete,
    KeepLooking,
    PlanAnew,
    Refused,
    Trace,
    Verdict,
    emptied,
    judge_accepted,
    judge_doubt,
    judge_refused,
    longest_doubt,
    second_run_harms,
)
from executor.core.order import (
    DECISIVE,
    FINEST,
    IN_FLIGHT,
    TRANSITIONS,
    Intent,
    Lane,
    OnFlatTarget,
    State,
    WhenFlat,
    client_order_id,
    order_id,
)
from executor.core.position import ZERO, Leg, Position, PositionMode, Target
from executor.core.precedence import Arrangement, Signal, Waiting, arrange, compare, following
from executor.core.reversal import Operation, Parameters, Request, request_for
from executor.core.sizing import ALL, Size, Unit, parse_size

__all__ = [
    "ALL",
    "DECISIVE",
    "FINEST",
    "IN_FLIGHT",
    "LATE_READS",
    "LATE_READS_WHERE_IT_HARMS",
    "SIGNATURE_LIFETIME",
    "TRANSITIONS",
    "ZERO",
    "AcceptedEvidence",
    "Action",
    "Arrangement",
    "Close",
    "Confirmed",
    "Contract",
    "Decision",
    "Denied",
    "Doubted",
    "DryRun",
    "Evidence",
    "Incomplete",
    "Intent",
    "KeepLooking",
    "Lane",
    "Leg",
    "Market",
    "OnFlatTarget",
    "Open",
    "Operation",
    "Parameters",
    "PlanAnew",
    "Position",
    "PositionMode",
    "Refused",
    "Request",
    "Reverse",
    "Signal",
    "Size",
    "State",
    "Target",
    "Terms",
    "Trace",
    "Unit",
    "Unneeded",
    "Verdict",
    "Waiting",
    "WhenFlat",
    "arrange",
    "builds_up",
    "client_order_id",
    "compare",
    "decide",
    "emptied",
    "following",
    "judge_accepted",
    "judge_doubt",
    "judge_refused",
    "longest_doubt",
    "moves_away",
    "order_id",
    "parse_size",
    "request_for",
    "second_run_harms",
    "try_intent",
    "unlimited",
]
