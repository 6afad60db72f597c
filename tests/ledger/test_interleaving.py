"""What must not happen between the statements of two transactions on PostgreSQL. SQLite runs one writer at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from executor.core.order import State
from executor.ledger import Answered, DatabaseLimits, Departure, HaltScope, Node, OrderEnd, open_ledger
from executor.ledger.alerts import AlertStore
from executor.ledger.halts import HaltStore
from executor.ledger.lanes import LaneStore
from executor.ledger.orders import OrderStore
from tests.builders import (
    DOUBT,
    LANE,
    LEASE,
    LONG,
    NOW,
    SHORT,
    alert,
    bring,
    departure,
    intent,
    mark_sent,
    queue,
    send,
)
from tests.ledger.within import Within

PATIENT = DatabaseLimits(lock_seconds=60, statement_seconds=60, idle_transaction_seconds=60)


@pytest.fixture
def ledger(postgres_url):
    ledger = open_ledger(postgres_url, limits=PATIENT)
    ledger.nodes.join(Node("here", "host", 1), LEASE)
    ledger.nodes.join(Node("dead", "host", 2), -LEASE)
    yield ledger
    ledger.close()


@pytest.fixture
def database(postgres_url):
    """Connections to it; none waits longer than a moment for another's lock."""
    engine = create_engine(postgres_url, connect_args={"options": "-c lock_timeout=50ms"})
    yield engine
    engine.dispose()


@pytest.fixture
def start():
    """Starts a verb in a thread, and returns once it waits for what this connection's transaction has locked."""
    with ThreadPoolExecutor(1) as threads:

        def start(connection, verb):
            started = threads.submit(verb)
            while not connection.execute(text("SELECT 1 FROM pg_locks WHERE NOT granted")).first():
                assert not started.done(), "it did not wait"
            return started

        yield start


def write_sent(orders, claim, order):
    return orders.mark_sent(Departure(claim, send(order), LONG, SHORT, "reverse"), order, NOW)


WRITES = {
    "mark_sent": (State.QUEUED, write_sent),
    "delay": (State.QUEUED, lambda orders, *which: orders.delay(*which, LEASE, "")),
    "settle": (State.QUEUED, lambda orders, *which: orders.settle(*which, OrderEnd(State.DENIED, NOW))),
    "mark_accepted": (State.SENT, lambda orders, *which: orders.mark_accepted(*which, Answered(NOW, "e1"))),
    "mark_in_doubt": (State.SENT, lambda orders, *which: orders.mark_in_doubt(*which, NOW, DOUBT)),
    "requeue": (State.SENT, lambda orders, *which: orders.requeue(*which, NOW, "never sent")),
}


@pytest.mark.parametrize("verb", WRITES)
def test_an_owners_write_delays_a_takeover(ledger, database, verb):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "dead")
    state, write = WRITES[verb]
    if state is State.SENT:
        mark_sent(ledger, claim, order)
    with database.begin() as connection:
        write(OrderStore(Within(connection)), claim, order)
        with database.connect() as other, pytest.raises(OperationalError, match="lock timeout"):
            LaneStore(Within(other)).claim(LANE, "here")
    assert ledger.lanes.claim(LANE, "here").fence == claim.fence + 1


def test_a_late_halt_waits_for_a_sending(ledger, database):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "dead")
    with database.begin() as connection:
        assert write_sent(OrderStore(Within(connection)), claim, order) is None
        with database.connect() as other, pytest.raises(OperationalError, match="lock timeout"):
            HaltStore(Within(other)).halt(HaltScope(), "ann", "news", NOW)
    assert ledger.halts.halt(HaltScope(), "ann", "news", NOW)


def test_a_sending_waits_for_a_halt(ledger, database, start):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "dead")
    with database.begin() as connection:
        halt = HaltStore(Within(connection)).halt(HaltScope("main"), "ann", "news", NOW)
        sending = start(connection, lambda: mark_sent(ledger, claim, order))
    assert sending.result() == halt
    assert ledger.queries.unfinished_orders(claim.lane)[0].state is State.QUEUED


def test_a_departure_waits_for_a_halt(ledger, database, start):
    with database.begin() as connection:
        HaltStore(Within(connection)).halt(HaltScope("main"), "ann", "news", NOW)
        accepting = start(connection, lambda: ledger.alerts.record(alert("r1"), [intent()], [departure()]))
    assert accepting.result().claims == ()
    (order,) = ledger.queries.receipt("r1").orders
    assert (order.state, order.sends) == (State.QUEUED, ())


def test_a_late_halt_waits_for_a_departure(ledger, database):
    with database.begin() as connection:
        assert AlertStore(Within(connection)).record(alert("r1"), [intent()], [departure()]).claims
        with database.connect() as other, pytest.raises(OperationalError, match="lock timeout"):
            HaltStore(Within(other)).halt(HaltScope(), "ann", "news", NOW)
    assert ledger.halts.halt(HaltScope(), "ann", "news", NOW)


@pytest.mark.parametrize("fence", [1, 2], ids=["a lane never used", "a lane used before"])
def test_one_of_two_foreseen_claims_departs(ledger, database, start, fence):
    if fence == 2:
        queue(ledger, "earlier")
        used = ledger.lanes.claim(LANE, "here")
        bring(ledger, used, used.orders[0].id, State.CONFIRMED)
    theirs, ours = departure(fence, node="there", order="o1"), departure(fence, order="o2")
    with database.begin() as connection:
        first = AlertStore(Within(connection)).record(alert("r1"), [intent()], [theirs])
        accepting = start(connection, lambda: ledger.alerts.record(alert("r2"), [intent()], [ours]))
    assert (first.claims, accepting.result().claims) == ((theirs.claim,), ())
    left, stayed = (ledger.queries.receipt(receipt).orders[0] for receipt in ("r1", "r2"))
    assert (left.state, [send.client_order_id for send in left.sends]) == (State.SENT, ["xo1-1"])
    assert (stayed.state, stayed.sends) == (State.QUEUED, ())
