"""The ledger at a glance."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from executor.core.order import Lane, State
from executor.ledger.records.halts import Halt
from executor.ledger.records.orders import OrderRow
from executor.ledger.records.receipts import Differing

Counts = Counter[tuple[Lane, State]]


@dataclass(frozen=True, slots=True)
class Overview:
    """All as of one moment.

    - `newest`: orders, newest first.
    - `last`: the newest order of each lane that had one lately.
    - `unclear`: orders in doubt, and accepted ones that the exchange still
      works on.
    - `incomplete`: orders that ended short of their target, after which no
      order of the same lane found or reached its target.
    - `differing`: alerts of the last day for whose repetitions alerts with
      other bodies were taken.
    - `waiting` counts the orders without an end, `nodes` the living processes.
    """

    newest: tuple[OrderRow, ...]
    last: Mapping[Lane, OrderRow]
    unclear: tuple[OrderRow, ...]
    incomplete: tuple[OrderRow, ...]
    halts: tuple[Halt, ...]
    differing: tuple[Differing, ...]
    waiting: int
    nodes: int
