"""What must not happen between the statements of two transactions on PostgreSQL. SQLite runs one writer at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from executor.core.order import State
from executor.ledger import Departure, HaltScope, Node, acceptance, claims, doubts, halts, open_ledger, progress
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


@pytest.fixture
def ledger(postgres_url):
    ledger = open_ledger(postgres_url)
    ledger.join(Node("here", "host", 1), LEASE)
    ledger.join(Node("dead", "host", 2), -LEASE)
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


def write_sent(connection, claim, order):
    return progress.mark_sent(connection, Departure(claim, send(order), LONG, SHORT, "reverse"), order, NOW, NOW)


WRITES = {
    "mark_sent": (State.QUEUED, write_sent),
    "delay": (State.QUEUED, lambda connection, claim, order: progress.delay(connection, claim, order, NOW, "")),
    "settle": (State.QUEUED, lambda *at: progress.settle(*at, State.DENIED, NOW, "", now=NOW)),
    "mark_accepted": (State.SENT, lambda *at: progress.mark_accepted(*at, NOW, "e1")),
    "mark_in_doubt": (State.SENT, lambda *at: doubts.mark_in_doubt(*at, NOW, DOUBT, NOW)),
    "requeue": (State.SENT, lambda *at: progress.requeue(*at, NOW, "never sent", None)),
}


@pytest.mark.parametrize("verb", WRITES)
def test_nobody_takes_a_lane_over_while_a_write_of_its_owner_is_under_way(ledger, database, verb):
    order = queue(ledger)
    claim = ledger.claim_lane(LANE, "dead")
    state, write = WRITES[verb]
    if state is State.SENT:
        mark_sent(ledger, claim, order)
    with database.begin() as connection:
        write(connection, claim, order)
        with database.connect() as other, pytest.raises(OperationalError, match="lock timeout"):
            claims.claim_lane(other, LANE, "here", NOW)
    assert ledger.claim_lane(LANE, "here").fence == claim.fence + 1


def test_a_halt_waits_for_the_sending_it_came_too_late_for(ledger, database):
    order = queue(ledger)
    claim = ledger.claim_lane(LANE, "dead")
    with database.begin() as connection:
        assert write_sent(connection, claim, order) is None
        with database.connect() as other, pytest.raises(OperationalError, match="lock timeout"):
            halts.halt(other, HaltScope(), "ann", "news", NOW, NOW)
    assert ledger.halt(HaltScope(), "ann", "news", NOW)


def test_a_sending_waits_for_a_halt_under_way_and_obeys_it(ledger, database, start):
    order = queue(ledger)
    claim = ledger.claim_lane(LANE, "dead")
    with database.begin() as connection:
        halt = halts.halt(connection, HaltScope("main"), "ann", "news", NOW, NOW)
        sending = start(connection, lambda: mark_sent(ledger, claim, order))
    assert sending.result() == halt
    assert ledger.refresh(claim)[0].state is State.QUEUED


def test_a_departure_waits_for_a_halt_under_way_and_stays(ledger, database, start):
    with database.begin() as connection:
        halts.halt(connection, HaltScope("main"), "ann", "news", NOW, NOW)
        accepting = start(connection, lambda: ledger.record_alert(alert("r1"), [intent()], [departure()]))
    assert accepting.result().claims == ()
    (order,) = ledger.receipt("r1").orders
    assert (order.state, order.sends) == (State.QUEUED, ())


def test_a_halt_waits_for_the_departure_it_came_too_late_for(ledger, database):
    with database.begin() as connection:
        assert acceptance.record_alert(connection, alert("r1"), [intent()], [departure()]).claims
        with database.connect() as other, pytest.raises(OperationalError, match="lock timeout"):
            halts.halt(other, HaltScope(), "ann", "news", NOW, NOW)
    assert ledger.halt(HaltScope(), "ann", "news", NOW)


@pytest.mark.parametrize("fence", [1, 2], ids=["a lane never used", "a lane used before"])
def test_of_two_processes_that_foresee_the_same_claim_one_departs(ledger, database, start, fence):
    if fence == 2:
        queue(ledger, "earlier")
        used = ledger.claim_lane(LANE, "here")
        bring(ledger, used, used.orders[0].id, State.CONFIRMED)
    theirs, ours = departure(fence, node="there", order="o1"), departure(fence, order="o2")
    with database.begin() as connection:
        first = acceptance.record_alert(connection, alert("r1"), [intent()], [theirs])
        accepting = start(connection, lambda: ledger.record_alert(alert("r2"), [intent()], [ours]))
    assert (first.claims, accepting.result().claims) == ((theirs.claim,), ())
    left, stayed = (ledger.receipt(receipt).orders[0] for receipt in ("r1", "r2"))
    assert (left.state, [send.client_order_id for send in left.sends]) == (State.SENT, ["xo1-1"])
    assert (stayed.state, stayed.sends) == (State.QUEUED, ())
