"""The ledger at a glance."""

from datetime import timedelta

import pytest

from executor.core.order import Lane, State
from executor.ledger import HaltScope, open_ledger
from tests.builders import LANE, LEASE, NOW, alert, bring, intent, pass_time, queue

ETH, BTC = Lane("main", "ETHUSDT"), Lane("main", "BTCUSDT")


def order(ledger, receipt, state, lane=ETH, target="short"):
    made = queue(ledger, receipt, account=lane.account, symbol=lane.symbol, size="3", target=target)
    claim = ledger.lanes.claim(lane, "here")
    bring(ledger, claim, made, state)
    ledger.lanes.release(claim)


def receipts(orders):
    return [order.receipt for order in orders]


def test_an_empty_ledger_has_nothing_to_show(ledger):
    seen = ledger.queries.overview(10)
    assert (seen.newest, seen.last, seen.unclear, seen.incomplete, seen.halts, seen.waiting) == ((), {}, (), (), (), 0)
    assert ledger.queries.count_orders() == {}


def test_every_lane_shows_its_last_order_and_no_more_orders_are_shown_than_asked_for(ledger):
    for receipt, lane in (("r1", ETH), ("r2", BTC), ("r3", ETH)):
        order(ledger, receipt, "unneeded", lane)
    queue(ledger, "r4", symbol="BTCUSDT")
    seen = ledger.queries.overview(2)
    assert receipts(seen.newest) == ["r4", "r3"]
    assert {lane: last.receipt for lane, last in seen.last.items()} == {ETH: "r3", BTC: "r4"}
    assert seen.waiting == 1


def test_an_order_in_doubt_is_shown(ledger):
    order(ledger, "r1", "in_doubt")
    order(ledger, "r2", "accepted", BTC)
    seen = ledger.queries.overview(10)
    assert (receipts(seen.unclear), seen.waiting) == (["r1"], 2)


@pytest.mark.parametrize(
    ("target", "exits", "state", "shown"),
    [
        ("short", "exit-long", State.UNNEEDED, True),
        ("short", "exit-long", State.CONFIRMED, True),
        ("short", "exit-short", State.UNNEEDED, False),
        ("short", "exit-short", State.CONFIRMED, False),
        ("exit-long", "exit-long", State.CONFIRMED, False),
        ("exit-long", "exit-short", State.CONFIRMED, True),
        ("short", "flat", State.CONFIRMED, False),
    ],
)
def test_an_exit_hides_only_its_own_side(ledger, target, exits, state, shown):
    order(ledger, "first", "incomplete", target=target)
    order(ledger, "second", state.value, target=exits)
    assert bool(ledger.queries.overview(10).incomplete) == shown


@pytest.mark.parametrize(
    ("then", "shown"),
    [
        ([], True),
        (["denied", "expired", "rejected", "superseded", "queued"], True),
        (["confirmed"], False),
        (["unneeded"], False),
        (["ignored"], True),
        (["confirmed", "incomplete"], True),
    ],
)
def test_an_incomplete_order_is_shown_until_a_later_one_of_its_lane_is_at_its_target(ledger, then, shown):
    order(ledger, "first", "incomplete")
    order(ledger, "of another lane", "confirmed", BTC)
    for state in then:
        order(ledger, state, state)
    assert bool(ledger.queries.overview(1).incomplete) is shown


def test_halts_in_force_and_living_processes_are_shown(ledger):
    ledger.halts.halt(HaltScope("main"), "ann", "holiday", NOW, timedelta(minutes=20))
    ledger.halts.halt(HaltScope(), "ann", "over", NOW, timedelta(minutes=10))
    pass_time(ledger, timedelta(minutes=10))
    ledger.nodes.leave("there")
    ledger.nodes.heartbeat("here", LEASE)
    seen = ledger.queries.overview(1)
    assert [halt.reason for halt in seen.halts] == ["holiday"]
    assert seen.nodes == 1


def test_orders_are_counted_by_lane_and_state(ledger):
    ledger.alerts.record(alert("r1"), [intent(), intent(symbol="BTCUSDT")])
    order(ledger, "r2", "denied", BTC)
    counts = ledger.queries.count_orders()
    assert counts == {(ETH, State.QUEUED): 1, (BTC, State.QUEUED): 1, (BTC, State.DENIED): 1}


def test_counting_again_counts_each_order_once_and_in_its_present_state(ledger, url):
    """Across everything that a count remembers: settled orders, unfinished ones, and those that came since."""
    order(ledger, "r1", "confirmed")
    waits = queue(ledger, "r2", size="3")
    order(ledger, "r3", "confirmed", BTC)
    ledger.queries.count_orders()
    bring(ledger, ledger.lanes.claim(LANE, "here"), waits, "denied")
    order(ledger, "r4", "denied", BTC)
    expected = {(ETH, State.CONFIRMED): 1, (BTC, State.CONFIRMED): 1, (ETH, State.DENIED): 1, (BTC, State.DENIED): 1}
    assert ledger.queries.count_orders() == ledger.queries.count_orders() == expected
    another = open_ledger(url)
    assert another.queries.count_orders() == expected
    another.close()


def test_a_settled_order_is_not_read_again(ledger):
    order(ledger, "r1", "confirmed")
    ledger.queries.count_orders()
    ledger.database.write(lambda connection: connection.exec_driver_sql("UPDATE orders SET symbol = 'OTHER'"))
    assert ledger.queries.count_orders() == {(ETH, State.CONFIRMED): 1}
