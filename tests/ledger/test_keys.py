"""One order in flight for each symbol of an account at the exchange, whatever names the account goes by."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from executor.core.order import Lane, State
from executor.ledger import Answered, Departure, KeyInUse, OrderEnd, open_ledger
from executor.ledger.alerts import AlertStore
from tests.builders import LANE, LONG, NOW, SHORT, alert, departure, intent, queue, send
from tests.ledger.within import Within

RENAMED = Lane("renamed", "ETHUSDT")
OTHER_SYMBOL = Lane("renamed", "BTCUSDT")


def with_key(departs, key_mark="k1"):
    return replace(departs, send=replace(departs.send, key_mark=key_mark))


def depart(ledger, receipt, lane, key_mark="k1"):
    """Record an alert whose order is to leave at once; the order."""
    departs = with_key(departure(lane=lane, order=receipt), key_mark)
    ledger.alerts.record(alert(receipt), [intent(lane.symbol, account=lane.account)], [departs])
    return ledger.queries.receipt(receipt).orders[0]


def mark_sent(ledger, receipt, lane, key_mark="k1"):
    """Claim the lane of a queued order, and try to mark it as sent."""
    order = ledger.queries.receipt(receipt).orders[0]
    claim = ledger.lanes.claim(lane, "here")
    sending = replace(send(order.id), key_mark=key_mark)
    return ledger.orders.mark_sent(Departure(claim, sending, LONG, SHORT, "reverse"), order.id, NOW)


def test_a_sending_keeps_the_mark_of_its_key(ledger):
    assert depart(ledger, "r1", LANE).sends[0].key_mark == "k1"
    queue(ledger, "r2", symbol="BTCUSDT", account="renamed")
    assert mark_sent(ledger, "r2", OTHER_SYMBOL, "k2") is None
    assert ledger.queries.receipt("r2").orders[0].sends[0].key_mark == "k2"


def test_another_name_of_the_key_stays_queued(ledger):
    depart(ledger, "r1", LANE)
    waiting = depart(ledger, "r2", RENAMED)
    assert (waiting.state, waiting.sends) == (State.QUEUED, ())


def test_another_name_of_the_key_is_told_whom_it_waits_for(ledger):
    depart(ledger, "r1", LANE)
    queue(ledger, "r2", account="renamed")
    assert mark_sent(ledger, "r2", RENAMED) == KeyInUse(LANE, "r1")
    assert ledger.queries.receipt("r2").orders[0].state is State.QUEUED


@pytest.mark.parametrize(("lane", "key_mark"), [(OTHER_SYMBOL, "k1"), (RENAMED, "k2"), (RENAMED, "")])
def test_another_key_or_symbol_departs(ledger, lane, key_mark):
    depart(ledger, "r1", LANE)
    assert depart(ledger, "r2", lane, key_mark).state is State.SENT


def test_orders_of_unknown_keys_do_not_meet(ledger):
    assert depart(ledger, "r1", LANE, "").state is State.SENT
    assert depart(ledger, "r2", RENAMED, "").state is State.SENT


def test_an_ended_order_frees_its_key(ledger):
    order = depart(ledger, "r1", LANE)
    claim = departure().claim
    ledger.orders.mark_accepted(claim, order.id, Answered(NOW, "e1"))
    ledger.orders.settle(claim, order.id, OrderEnd(State.CONFIRMED, NOW, "", position_after=SHORT))
    assert depart(ledger, "r2", RENAMED).state is State.SENT


def test_the_database_itself_refuses_two_of_a_key(ledger):
    depart(ledger, "r1", LANE)
    depart(ledger, "r2", RENAMED, "k2")
    with pytest.raises(Exception, match=r"one_in_flight_of_key|UNIQUE"):
        ledger.database.write(lambda connection: connection.execute(text("UPDATE orders SET key_mark = 'k1'")))


@pytest.mark.parametrize("way", ["with its alert", "from the queue"])
def test_two_processes_send_for_a_key_one_by_one(ledger, url, way):
    """The second one looks before the first has committed."""
    queue(ledger, "r2", account="renamed")
    other, found = open_ledger(url), []

    def second():
        if way == "from the queue":
            found.append(mark_sent(other, "r2", RENAMED))
        else:
            found.append(depart(other, "r3", Lane("third", "ETHUSDT")).state)

    thread = threading.Thread(target=second)

    def verb(connection):
        AlertStore(Within(connection)).record(alert("r1"), [intent()], [departs])
        thread.start()
        if other.database.dialect == "postgresql":
            wait_until_blocked(url)

    departs = with_key(departure(order="r1"))
    ledger.database.write(verb, durable=True)
    thread.join()
    other.close()
    assert found == [KeyInUse(LANE, "r1") if way == "from the queue" else State.QUEUED]


def wait_until_blocked(url):
    """Until a session of PostgreSQL waits for what another has not committed."""
    engine = create_engine(url)
    with engine.connect() as connection:
        blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not connection.execute(blocked).scalar_one():
            connection.rollback()
    engine.dispose()
