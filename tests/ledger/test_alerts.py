"""Alerts come in once, whole, and stay."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from executor.core.order import State
from executor.ledger import Answered, OrderEnd
from tests.builders import LANE, LONG, NOW, SHORT, alert, bring, intent, mark_sent, pass_time, queue


def test_an_alert_is_stored_with_an_order_for_each_intent(ledger):
    recorded = ledger.alerts.record(alert("r1"), [intent(), intent(symbol="BTCUSDT")])
    assert (recorded.receipt, recorded.duplicate) == ("r1", False)
    receipt = ledger.queries.receipt("r1")
    assert [order.intent for order in receipt.orders] == [intent(), intent(symbol="BTCUSDT")]
    assert {order.state for order in receipt.orders} == {State.QUEUED}
    assert receipt.received_at == NOW


def test_an_unknown_receipt_is_none(ledger):
    assert ledger.queries.receipt("nothing") is None


def test_the_same_key_again_is_a_duplicate(ledger):
    ledger.alerts.record(alert("r1", key="k"), [intent()])
    again = ledger.alerts.record(alert("r2", key="k"), [intent()])
    assert (again.receipt, again.duplicate, again.differs) == ("r1", True, False)
    assert [order.receipt for order in again.orders] == ["r1"]
    assert ledger.queries.receipt("r2") is None
    assert len(ledger.queries.orders()) == 1


def test_the_same_key_with_another_body_is_said_so(ledger):
    ledger.alerts.record(alert("r1", key="k"), [intent()])
    assert ledger.alerts.record(alert("r2", key="k", digest="d2"), [intent()]).differs


@pytest.mark.parametrize(("seconds", "duplicate"), [(59, True), (60, False), (61, False)])
def test_a_key_counts_within_its_window(ledger, seconds, duplicate):
    ledger.alerts.record(alert("r1", key="k"), [intent()])
    later = NOW + timedelta(seconds=seconds)
    assert ledger.alerts.record(alert("r2", key="k", at=later), [intent()]).duplicate is duplicate
    assert ledger.alerts.record(alert("r3", key="k", at=later), [intent()]).duplicate


def test_any_of_several_keys_makes_a_duplicate_and_all_then_stand_for_the_first(ledger):
    ledger.alerts.record(alert("r1", keys=["message 1", "id"]), [intent()])
    other_body = ledger.alerts.record(alert("r2", keys=["message 1", "another id"], digest="d2"), [intent()])
    assert (other_body.receipt, other_body.duplicate, other_body.differs) == ("r1", True, True)
    other_message = ledger.alerts.record(alert("r3", keys=["message 2", "id"]), [intent()])
    assert (other_message.receipt, other_message.duplicate, other_message.differs) == ("r1", True, False)
    assert ledger.alerts.record(alert("r4", keys=["message 2"]), [intent()]).receipt == "r1"
    assert len(ledger.queries.orders()) == 1


def of_two_rules(ledger, receipt, first_key, second_key, digest="d1"):
    """Record an alert of which rules a and b, with these keys, each make an order."""
    rule_of = {first_key: "a", second_key: "b"}
    known_by = alert(receipt, keys=[first_key, second_key], rule_of=rule_of, digest=digest)
    return ledger.alerts.record(known_by, [intent(rule="a"), intent(rule="b", account="second")])


def test_what_one_rule_repeats_another_does(ledger):
    of_two_rules(ledger, "r1", "a:Long", "b:d1")
    recorded = of_two_rules(ledger, "r2", "a:Long", "b:d2", digest="d2")
    assert (recorded.receipt, recorded.duplicate, recorded.differs) == ("r2", False, True)
    assert recorded.repeated == {"a": "r1"}
    assert [order.intent.rule for order in ledger.queries.receipt("r2").orders] == ["b"]


def test_the_same_body_has_the_same_receipt(ledger):
    """Although one of its keys belongs to another alert."""
    of_two_rules(ledger, "r1", "a:Long", "b:d1")
    of_two_rules(ledger, "r2", "a:Long", "b:d2", digest="d2")
    again = of_two_rules(ledger, "r3", "a:Long", "b:d2", digest="d2")
    assert (again.receipt, again.duplicate, again.differs) == ("r2", True, False)
    assert len(ledger.queries.orders()) == 3


def test_a_difference_is_told_for_a_day(ledger):
    ledger.alerts.record(alert("r1", key="k"), [intent()])
    ledger.alerts.record(alert("r2", key="k", digest="d2"), [intent()])
    assert ledger.queries.receipt("r1").differing.last_at == NOW, "longer ago than a day"
    assert ledger.queries.overview(10).differing == ()


def test_other_bodies_count_on_the_first(ledger):
    now = ledger.now()
    ledger.alerts.record(alert("r1", key="k", at=now), [intent()])
    ledger.alerts.record(alert("r2", key="k", at=now), [intent()])
    assert ledger.queries.receipt("r1").differing is None
    for number, at in enumerate((now, now + timedelta(seconds=10))):
        ledger.alerts.record(alert(f"r{number + 3}", key="k", digest="d2", at=at), [intent()])
    differing = ledger.queries.receipt("r1").differing
    assert (differing.times, differing.last_at) == (2, now + timedelta(seconds=10))
    assert ledger.queries.overview(10).differing == (differing,)


def test_sweeping_drops_only_keys_whose_window_is_over(ledger):
    now = ledger.now()
    ledger.alerts.record(alert("r1", key="old", at=now, window=10), [intent()])
    ledger.alerts.record(alert("r2", key="new", at=now, window=600), [intent()])
    pass_time(ledger, timedelta(seconds=20))
    ledger.alerts.forget_keys()
    assert ledger.alerts.knows(["new"], 5)
    left = ledger.database.read(lambda connection: connection.exec_driver_sql("SELECT key FROM dedupe").scalars().all())
    assert left == ["new"]


def test_of_many_that_arrive_at_once_one_is_taken(ledger):
    results, start = [], threading.Barrier(8)

    def arrive(number):
        start.wait()
        results.append(ledger.alerts.record(alert(f"r{number}", key="k"), [intent()]))

    threads = [threading.Thread(target=arrive, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.duplicate for result in results].count(False) == 1
    assert len({result.receipt for result in results}) == 1
    assert len(ledger.queries.orders()) == 1


def test_orders_are_listed_newest_first_and_filtered(ledger):
    for number, symbol in enumerate(["ETHUSDT", "BTCUSDT", "ETHUSDT"]):
        queue(ledger, f"r{number}", symbol=symbol)
    bring(ledger, ledger.lanes.claim(LANE, "here"), ledger.queries.receipt("r0").orders[0].id, "denied")
    assert [order.receipt for order in ledger.queries.orders()] == ["r2", "r1", "r0"]
    assert [order.receipt for order in ledger.queries.orders(symbol="ETHUSDT", limit=1)] == ["r2"]
    assert [order.receipt for order in ledger.queries.orders(state=State.DENIED)] == ["r0"]
    assert ledger.queries.orders(account="other") == ()


def test_a_receipt_tells_the_whole_story(ledger):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    mark_sent(ledger, claim, order)
    ledger.orders.mark_accepted(claim, order, Answered(NOW + timedelta(seconds=1), "e1"))
    ledger.orders.settle(claim, order, OrderEnd(State.CONFIRMED, NOW + timedelta(seconds=2), "", position_after=SHORT))
    assert ledger.queries.receipt("r1").to_json() == {
        "receipt": "r1",
        "received_at": "2026-11-20T09:00:00.000Z",
        "sender": "tradingview",
        "alert": {"close": "1834.20", "market_position": "short"},
        "orders": [
            {
                "account": "main",
                "symbol": "ETHUSDT",
                "rule": "trend",
                "target": "short",
                "state": "confirmed",
                "reason": "",
                "awaits": "",
                "may_run_until": None,
                "position_before": {"long": "10"},
                "position_after": {"short": "10"},
                "decided": "reverse",
                "sends": [
                    {
                        "client_order_id": f"x{order}-1",
                        "at": "2026-11-20T09:00:00.000Z",
                        "outcome": "confirmed",
                        "order_id": "e1",
                        "request": {"symbol": "ETHUSDT", "side": "buy"},
                    }
                ],
                "history": [
                    {"state": "queued", "at": "2026-11-20T09:00:00.000Z", "reason": ""},
                    {"state": "sent", "at": "2026-11-20T09:00:00.000Z", "reason": ""},
                    {"state": "accepted", "at": "2026-11-20T09:00:01.000Z", "reason": ""},
                    {"state": "confirmed", "at": "2026-11-20T09:00:02.000Z", "reason": ""},
                ],
            }
        ],
    }


def test_what_was_known_when_it_was_sent_can_be_read_again(ledger):
    order = queue(ledger, size="12.50")
    mark_sent(ledger, ledger.lanes.claim(LANE, "here"), order)
    row = ledger.queries.receipt("r1").orders[0]
    assert (row.position_before, row.plan, row.attempt) == (LONG, SHORT, 1)
    assert row.intent.size.number == Decimal("12.50")
    assert row.sends[0].signed_at == NOW
