"""An order that nothing stands in the way of leaves with its alert's acceptance: one write, and no question asked."""

import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from executor.bitget.exchange import BitgetExchange
from executor.core.order import State
from executor.core.reversal import Operation
from executor.engine.accounts.accounts import Accounts
from executor.ledger import Claim, Departure, HaltScope, LedgerUnavailable
from executor.ledger.alerts import AlertStore
from executor.ledger.lanes import LaneStore
from executor.ledger.orders import OrderStore
from executor.ledger.queries import Queries
from tests.builders import LANE, LONG, SHORT, alert, intent, send
from tests.desk import QUICK

WAY = ["queued", "sent", "accepted", "confirmed"]


@pytest.fixture
def calls(monkeypatch):
    """How often each of these was called, but for what the watch and the upkeep do on their own."""
    counted = Counter()

    def count(owner, name):
        real = getattr(owner, name)

        def called(*arguments, **named):
            counted[name] += not threading.current_thread().name.startswith(("watch", "upkeep"))
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, called)

    verbs = {
        AlertStore: ["record"],
        LaneStore: ["claim", "release"],
        OrderStore: ["mark_sent", "mark_accepted", "settle"],
        Queries: ["unfinished_orders"],
    }
    for store, names in verbs.items():
        for name in names:
            count(store, name)
    for ask in ("position", "account_mode", "contract"):
        count(BitgetExchange, ask)
    return counted


def made(calls):
    return {name: times for name, times in calls.items() if times}


def test_an_idle_lanes_order_is_written_down_twice_and_nothing_is_asked(desk, calls):
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY
    assert made(calls) == {"record": 1, "settle": 1}


def test_so_is_the_next_one(desk, calls):
    desk.end(desk.signal("short"))
    desk.rest()
    calls.clear()
    desk.end(desk.signal("long"))
    assert made(calls) == {"record": 1, "settle": 1}
    assert desk.held() == {"long": "10"}


def test_one_that_is_not_needed_leaves_the_next_as_free(desk, calls):
    assert desk.end(desk.signal("long")).state is State.UNNEEDED
    desk.rest()
    calls.clear()
    assert desk.end(desk.signal("short")).state is State.CONFIRMED
    assert made(calls) == {"record": 1, "settle": 1}


def test_one_whose_end_takes_longer_is_written_down_as_accepted_meanwhile(make_desk, calls):
    desk = make_desk(verify_for="1m")
    desk.run()
    desk.exchange.stale_ms = 60_000
    receipt = desk.signal("short")
    accepted = desk.wait_for(lambda: desk.order(receipt).state is State.ACCEPTED and desk.order(receipt))
    (sent,) = accepted.sends
    assert sent.outcome == "accepted"
    assert sent.exchange_order_id
    desk.exchange.stale_ms = 0
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY
    assert made(calls) == {"record": 1, "mark_accepted": 1, "settle": 1}


def test_so_is_the_first_after_a_restart(desk, calls):
    desk.end(desk.signal("short"))
    desk.runner.stop()
    again = desk.run()
    calls.clear()
    receipt = desk.signal("long", runner=again)
    assert again.wait(receipt, 20)
    assert made(calls) == {"record": 1, "settle": 1}
    assert desk.held() == {"long": "10"}
    desk.runners.remove(desk.runner)


def test_a_lane_that_another_process_has_used_is_taken_up_as_usual(desk):
    other = desk.run()
    desk.end(desk.signal("short", runner=other))
    receipt = desk.signal("long")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY
    assert desk.held() == {"long": "10"}
    turns = desk.runner.accounts.get("main").exchange._queues[Operation.REVERSE]
    assert len(turns._limit._taken) == 1, "it counts once, although it could not leave at once"


def test_a_second_signal_waits_for_the_first(desk):
    desk.fault("click-backhand:delay:1:ms=300")
    first, second = desk.signal("short"), desk.signal("long")
    assert desk.order(second).state is State.QUEUED
    assert [desk.end(receipt).state for receipt in (first, second)] == [State.CONFIRMED] * 2
    assert len(desk.executed()) == 2
    assert desk.held() == {"long": "10"}


def test_a_halt_in_the_ledger_stops_it(desk):
    desk.runner.ledger.halts.halt(HaltScope(), "me", "rest", desk.runner.now())
    assert desk.end(desk.signal("short")).state is State.DENIED
    assert desk.executed() == []


QUEUED_AGAIN = ["queued", "sent", "queued", "sent", "accepted", "confirmed"]
ONE_STEP_EACH = ", brakes: {flips: 1000, window: 1m, cooldown: 1m}"  # of which the ledger has to be asked


def wrap(monkeypatch, verb, *, before=None, after=None, times=1):
    """Let a verb of the ledger do something more, this number of times."""
    store = AlertStore if verb == "record" else OrderStore
    real, left = getattr(store, verb), [None] * times

    def wrapped(*arguments, **named):
        once = left.pop() if left else store
        if before and once is None:
            before()
        result = real(*arguments, **named)
        if after and once is None:
            after()
        return result

    monkeypatch.setattr(store, verb, wrapped)


def fail():
    raise LedgerUnavailable("the connection broke at the commit")


@pytest.mark.parametrize(("verb", "brakes"), [("record", ""), ("mark_sent", ONE_STEP_EACH)])
def test_an_old_proposal_is_queued_again(make_desk, monkeypatch, verb, brakes):
    desk = make_desk(timings=replace(QUICK, proposal_lifetime=timedelta(seconds=1)), brakes=brakes)
    desk.run()
    wrap(monkeypatch, verb, after=lambda: time.sleep(1.1))
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == QUEUED_AGAIN
    assert len(desk.exchange.journal) == 1


@pytest.mark.parametrize(("verb", "brakes"), [("record", ""), ("mark_sent", ONE_STEP_EACH)])
def test_nothing_leaves_before_it_is_written(make_desk, monkeypatch, verb, brakes):
    desk, left = make_desk(brakes=brakes), []
    desk.run()

    def look():
        time.sleep(0.3)
        left.extend(desk.exchange.journal)

    wrap(monkeypatch, verb, before=look, after=look)
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY
    assert left == []


def test_a_failed_write_sends_nothing(desk, monkeypatch):
    wrap(monkeypatch, "record", before=fail)
    with pytest.raises(LedgerUnavailable):
        desk.signal("short", n="the same")
    desk.rest()
    assert list(desk.exchange.journal) == []
    assert desk.runner.ledger.queries.orders() == ()
    receipt = desk.signal("short", n="the same")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY


def test_a_kept_write_that_failed_is_queued_again(desk, monkeypatch):
    wrap(monkeypatch, "record", after=fail)
    with pytest.raises(LedgerUnavailable):
        desk.signal("short")
    (order,) = desk.runner.ledger.queries.orders()
    assert desk.end(order.receipt).state is State.CONFIRMED
    assert desk.states(order.receipt) == QUEUED_AGAIN
    assert len(desk.exchange.journal) == 1


def test_an_alert_taken_at_the_end_is_queued(desk, monkeypatch):
    runner, receipts, close = desk.runners.pop(), [], Accounts.close

    def signal_and_close(accounts):
        receipts.append(desk.signal("short", runner))
        close(accounts)

    monkeypatch.setattr(Accounts, "close", signal_and_close)
    runner.stop()
    monkeypatch.undo()
    desk.run()
    assert desk.end(receipts[0]).state is State.CONFIRMED
    assert desk.states(receipts[0]) == WAY


def test_a_second_failed_write_leaves_no_doubt(desk, monkeypatch):
    again, writable = threading.Event(), threading.Event()

    def wait_and_fail():
        again.set()
        assert writable.wait(10)
        fail()

    wrap(monkeypatch, "requeue", before=wait_and_fail)
    with monkeypatch.context() as broken:
        wrap(broken, "record", after=fail)
        with pytest.raises(LedgerUnavailable):
            desk.signal("short")
    (order,) = desk.runner.ledger.queries.orders()
    assert again.wait(10)
    with monkeypatch.context() as broken:
        wrap(broken, "record", before=fail)
        with pytest.raises(LedgerUnavailable):
            desk.signal("short")
    writable.set()
    assert desk.end(order.receipt).state is State.CONFIRMED
    assert desk.states(order.receipt) == QUEUED_AGAIN


def test_a_kept_write_of_a_lane_since_lost_is_in_doubt(desk, monkeypatch):
    """Another process has claimed the lane meanwhile: it may have sent the order."""
    ledger = desk.runner.ledger

    def lose():
        desk.runner.ledger.nodes.leave(desk.runner.node.name)
        assert ledger.lanes.claim(LANE, "another")
        desk.runner.ledger.nodes.join(desk.runner.node, timedelta(seconds=5))
        fail()

    wrap(monkeypatch, "record", after=lose)
    with pytest.raises(LedgerUnavailable):
        desk.signal("short")
    (order,) = ledger.queries.orders()
    assert desk.end(order.receipt).state is State.CONFIRMED
    assert desk.states(order.receipt)[:3] == ["queued", "sent", "in_doubt"]
    assert len(desk.exchange.journal) == 1


def test_an_unwritten_order_from_the_queue_is_not_sent(make_desk, monkeypatch):
    desk = make_desk(brakes=ONE_STEP_EACH)
    desk.run()
    wrap(monkeypatch, "mark_sent", before=fail)
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY
    assert len(desk.exchange.journal) == 1


def test_an_order_kept_as_sent_without_an_answer_is_in_doubt(make_desk, monkeypatch):
    desk = make_desk(brakes=ONE_STEP_EACH)
    desk.run()
    wrap(monkeypatch, "mark_sent", after=fail)
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt)[:3] == ["queued", "sent", "in_doubt"]
    assert len(desk.exchange.journal) == 1


@pytest.mark.parametrize(("verb", "brakes"), [("record", ""), ("mark_sent", ONE_STEP_EACH)])
def test_a_halt_committed_first_wins(make_desk, monkeypatch, verb, brakes):
    desk = make_desk(brakes=brakes)
    desk.run()
    ledger, now = desk.runner.ledger, desk.runner.now()
    wrap(monkeypatch, verb, before=lambda: ledger.halts.halt(HaltScope(), "me", "rest", now))
    order = desk.end(desk.signal("short"))
    assert order.state is State.DENIED
    assert "rest" in order.reason
    assert list(desk.exchange.journal) == []


def test_two_processes_propose_and_one_sends(desk, monkeypatch):
    other, both = desk.run(), threading.Barrier(2, timeout=10)
    wrap(monkeypatch, "record", before=both.wait, times=2)
    with ThreadPoolExecutor(2) as threads:
        receipts = list(threads.map(lambda runner: desk.signal("short", runner, size="1"), (desk.runner, other)))
    assert [desk.end(receipt).state for receipt in receipts] == [State.CONFIRMED] * 2
    assert len(desk.executed()) == len(desk.exchange.journal) == 2
    assert desk.held() == {"long": "8", "short": "2"}


def test_one_that_was_written_down_without_this_process_knowing_is_resolved(desk):
    claim = Claim(LANE, desk.runner.node.name, 1, (), None)
    departure = Departure(claim, send("o1"), LONG, SHORT, "reverse")
    desk.runner.ledger.alerts.record(alert("r1"), [intent()], [departure])
    order = desk.end("r1")
    assert order.state is State.EXPIRED
    assert "in_doubt" in desk.states("r1")
    assert desk.exchange.journal == deque()


def test_a_lane_is_lent_to_one_at_a_time(desk):
    lanes, lane = desk.runner._lanes, LANE
    work = lanes.borrow(lane)
    assert work is not None
    assert lanes.borrow(lane) is None
    assert lanes.run(lane) is None, "a thread leaves it alone meanwhile"
    lanes.give_back(lane)
    assert lanes.borrow(lane) is not None
    lanes.give_back(lane)


def test_many_at_once_for_one_lane_are_carried_out_one_after_another(desk):
    receipts = []
    threads = [threading.Thread(target=lambda: receipts.append(desk.signal("short", size="1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {desk.end(receipt, 60).state for receipt in receipts} == {State.CONFIRMED}
    assert len(desk.executed()) == 8
    assert desk.held() == {"long": "2", "short": "8"}


def test_an_alert_that_is_too_old_leaves_nowhere(desk, monkeypatch):
    late = desk.runner.now() - timedelta(seconds=90)
    receipt = desk.signal("short", at=late.isoformat())
    assert desk.end(receipt).state is State.EXPIRED
    assert desk.executed() == []
