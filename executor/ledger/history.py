"""Every state that an order came into, in a column of its row that only grows: one JSON array a line.

A table of its own would cost each step another statement, and two more pages to sync.
"""

import json

from executor.core.order import State
from executor.ledger.rows import Transition, from_microseconds


def step(state: State, at: int, reason: str = "") -> str:
    """`at` in microseconds since 1970."""
    return json.dumps([str(state), at, reason]) + "\n"


def steps(history: str) -> tuple[Transition, ...]:
    """Oldest first."""
    found = map(json.loads, history.split("\n")[:-1])
    return tuple(Transition(State(state), from_microseconds(at), reason) for state, at, reason in found)
