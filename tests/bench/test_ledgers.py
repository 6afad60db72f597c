"""Whether the long ledger is one that could have been written."""

from datetime import timedelta

from executor.core.order import State
from executor.ledger import Node, open_ledger
from tests.bench.ledgers import multiply
from tests.builders import LANE, LEASE, bring, queue


def test_a_long_history_is_made_of_whole_orders(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    ledger.nodes.join(Node("here", "host", 1), LEASE)
    order_id = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    bring(ledger, claim, order_id, "confirmed")
    ledger.lanes.release(claim)
    queue(ledger, "waiting")
    multiply(tmp_path / "ledger.db", 10)

    original, copy = ledger.queries.receipt("r1"), ledger.queries.receipt("r1-10")
    ledger.close()

    assert copy.orders[0].state is original.orders[0].state is State.CONFIRMED
    assert len(copy.orders[0].sends) == len(original.orders[0].sends) == 1
    assert original.received_at - copy.received_at == timedelta(minutes=10)
