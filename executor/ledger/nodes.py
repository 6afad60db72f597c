"""The processes that run lanes, each alive as long as it prolongs its lease. `now` is the ledger's clock."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, delete, insert, literal, select, update

from executor.ledger.ledger_clock import CLOCK, POSTGRES_CLOCK
from executor.ledger.node_rows import Node
from executor.ledger.prepared import Prepared
from executor.ledger.rows import to_microseconds
from executor.ledger.tables import lanes, nodes

FORGET_AFTER = timedelta(days=1)
_HEARTBEAT = Prepared(
    lambda dialect: (
        update(nodes)
        .where(nodes.c.name == bindparam("node"))
        .values(lease_until=CLOCK[dialect] + bindparam("lease", type_=BigInteger))
    )
)
_LIVE_HOSTS = Prepared(lambda dialect: select(nodes.c.name, nodes.c.host).where(nodes.c.lease_until > CLOCK[dialect]))


def join(connection: Connection, node: Node, now: datetime, lease: timedelta) -> None:
    """Make the node known; one of the same name is replaced, and those that have long been dead are forgotten."""
    _forget_dead_nodes(connection, now)
    connection.execute(delete(nodes).where(nodes.c.name == node.name))
    until = _in(connection, now, lease)
    connection.execute(insert(nodes).values(name=node.name, host=node.host, pid=node.pid, lease_until=until))


def heartbeat(connection: Connection, node: str, now: datetime, lease: timedelta) -> bool:
    """Prolong a node's lease. False if it has been forgotten: then it must join again."""
    wanted = {"node": node, "now": to_microseconds(now), "lease": lease // timedelta(microseconds=1)}
    return _HEARTBEAT.run(connection, wanted) == 1


def leave(connection: Connection, node: str) -> None:
    connection.execute(update(lanes).where(lanes.c.owner == node).values(owner=None))
    connection.execute(delete(nodes).where(nodes.c.name == node))


def live_hosts(connection: Connection, now: datetime) -> dict[str, str]:
    """The nodes that are alive, and their hosts."""
    return dict(_LIVE_HOSTS.rows(connection, {"now": to_microseconds(now)}))


def live_nodes(connection: Connection, now: datetime) -> frozenset[str]:
    alive = nodes.c.lease_until > _in(connection, now, timedelta(0))
    return frozenset(connection.execute(select(nodes.c.name).where(alive)).scalars())


def _forget_dead_nodes(connection: Connection, now: datetime) -> None:
    """Drop nodes whose lease ended so long ago that nothing asks for them any more; their lanes stay takeable."""
    connection.execute(delete(nodes).where(nodes.c.lease_until < _in(connection, now, -FORGET_AFTER)))


def _in(connection: Connection, now: datetime, pause: timedelta) -> ColumnElement[int]:
    clock = POSTGRES_CLOCK if connection.dialect.name == "postgresql" else literal(to_microseconds(now), BigInteger)
    return clock + pause // timedelta(microseconds=1)
