"""Nodes, which are the processes on a ledger, and what they share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from executor.core.order import Lane


@dataclass(frozen=True, slots=True)
class Node:
    """A process that runs lanes."""

    name: str
    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class WatchLease:
    """Whether a watch is this node's, and why its owner cannot read now, if it cannot."""

    mine: bool
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Beat:
    """What a node finds when it prolongs its lease. A node that is not `known` must join again.

    `unfinished` counts the orders of each lane that has some. `due` are lanes
    with something to do that no living node holds, or this node itself.
    `nodes` are alive, `neighbours` of them on this machine; both count this
    node. `watches` are those of all accounts, by name.
    """

    known: bool
    unfinished: Mapping[Lane, int]
    due: tuple[Lane, ...]
    nodes: int = 1
    neighbours: int = 1
    watches: Mapping[str, WatchLease] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SharedRead:
    """All positions of a product type, as the owner of a watch has read them for all processes.

    `asked` is in seconds of this process's time.monotonic(), `mark` the same
    moment as the ledger has it.
    """

    product_type: str
    asked: float
    positions: str
    mark: int = 0
