"""The processes that run lanes. Each is alive as long as it prolongs its lease, on the ledger's clock."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import BigInteger, ColumnElement, bindparam, delete, insert, literal, select, update

from executor.ledger.clock import CLOCK, POSTGRES_CLOCK
from executor.ledger.columns import MICROSECOND
from executor.ledger.lanes import due_lanes, release_lanes_of
from executor.ledger.order_rows import count_unfinished
from executor.ledger.records import Beat, Node
from executor.ledger.statements import Compiled
from executor.ledger.tables import nodes
from executor.ledger.transactions import Subject, Transaction, writing
from executor.ledger.watches import forget_dead_watches, forget_watches_of, keep_watches

FORGET_AFTER = timedelta(days=1)
_PROLONG = Compiled(
    lambda dialect: (
        update(nodes)
        .where(nodes.c.name == bindparam("node"))
        .values(lease_until=CLOCK[dialect] + bindparam("lease", type_=BigInteger))
    )
)
_LIVE_HOSTS = Compiled(
    lambda dialect: (
        select(nodes.c.name, nodes.c.host)
        .where(nodes.c.lease_until > CLOCK[dialect])
    )
)  # fmt: skip


class NodeStore(Subject):
    @writing
    def join(self, tx: Transaction, node: Node, lease: timedelta) -> None:
        """Make the node known. It replaces a node of the same name; nodes and watches long dead are forgotten."""
        forget_dead_watches(tx, FORGET_AFTER)
        tx.connection.execute(delete(nodes).where(nodes.c.lease_until < _after(tx, -FORGET_AFTER)))
        tx.connection.execute(delete(nodes).where(nodes.c.name == node.name))
        row = {"name": node.name, "host": node.host, "pid": node.pid}
        tx.connection.execute(insert(nodes).values(row | {"lease_until": _after(tx, lease)}))

    @writing
    def heartbeat(
        self,
        tx: Transaction,
        node: str,
        lease: timedelta,
        watching: Mapping[str, str | None] | None = None,
    ) -> Beat:
        """Prolong a node's lease, and see what there is to do: one transaction, because it is done every second.

        The node takes or keeps the watches that it could be `watching`, each
        with the reason why it cannot read, if it cannot.
        """
        self.transactions.clock.keep(tx.connection, tx.now)
        known = _prolong(tx, node, lease)
        unfinished = count_unfinished(tx)
        due = due_lanes(tx, node) if unfinished else ()
        hosts = dict(_LIVE_HOSTS.rows(tx.connection, {"now": tx.now_microseconds}))
        neighbours = sum(host == hosts.get(node) for host in hosts.values())
        leases = keep_watches(tx, node, watching or {}, lease)
        return Beat(known, unfinished, due, max(1, len(hosts)), max(1, neighbours), leases)

    @writing
    def leave(self, tx: Transaction, node: str) -> None:
        """Release what the node holds."""
        forget_watches_of(tx, node)
        release_lanes_of(tx, node)
        tx.connection.execute(delete(nodes).where(nodes.c.name == node))


def count_live_nodes(tx: Transaction) -> int:
    return len(_LIVE_HOSTS.rows(tx.connection, {"now": tx.now_microseconds}))


def _prolong(tx: Transaction, node: str, lease: timedelta) -> bool:
    """False if the node has been forgotten: then it must join again."""
    wanted = {
        "node": node,
        "now": tx.now_microseconds,
        "lease": lease // MICROSECOND,
    }
    return _PROLONG.run(tx.connection, wanted) == 1


def _after(tx: Transaction, pause: timedelta) -> ColumnElement[int]:
    """That long after now, by the clock of the database."""
    if tx.dialect == "postgresql":
        return POSTGRES_CLOCK + pause // MICROSECOND
    return literal(tx.microseconds_after(pause), BigInteger)
