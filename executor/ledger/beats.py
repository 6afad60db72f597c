"""How a node comes, lives and goes: each heartbeat prolongs what it holds, and sees what there is to do."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from executor.ledger import claims, nodes, reads, watches
from executor.ledger.node_rows import Beat, Node


def join(connection: Connection, node: Node, now: datetime, lease: timedelta) -> None:
    watches.forget_dead_watches(connection, now, nodes.FORGET_AFTER)
    nodes.join(connection, node, now, lease)


def beat(
    connection: Connection, node: str, now: datetime, lease: timedelta, watching: Mapping[str, str | None]
) -> Beat:
    known = nodes.heartbeat(connection, node, now, lease)
    unfinished = reads.count_unfinished(connection)
    due = claims.due_lanes(connection, now, node) if unfinished else ()
    hosts = nodes.live_hosts(connection, now)
    neighbours = sum(host == hosts.get(node) for host in hosts.values())
    leases = watches.keep_watches(connection, node, watching, now, lease)
    return Beat(known, unfinished, due, max(1, len(hosts)), max(1, neighbours), leases)


def leave(connection: Connection, node: str) -> None:
    """Let go what the node holds."""
    watches.forget_watches(connection, node)
    nodes.leave(connection, node)
