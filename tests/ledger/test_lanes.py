"""A lane is run by one process at a time, and by one as long as any process lives."""

import multiprocessing
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from executor.core.order import Lane, State
from executor.ledger import Answered, IdleLane, LaneLost, Node, OrderEnd, open_ledger
from tests.builders import DOUBT, LANE, LEASE, NOW, alert, bring, due, intent, mark_sent, pass_time, queue

SPAWN = multiprocessing.get_context("spawn")


def test_a_free_lane_is_claimed_with_its_unfinished_orders(ledger):
    done, waiting = queue(ledger, "r1"), queue(ledger, "r2")
    bring(ledger, ledger.lanes.claim(LANE, "here"), done, "unneeded")
    claim = ledger.lanes.claim(LANE, "here")
    assert [order.id for order in claim.orders] == [waiting]
    assert claim.fence == 2


def test_a_held_lane_is_not_given_to_another(ledger):
    queue(ledger)
    assert ledger.lanes.claim(LANE, "here")
    assert ledger.lanes.claim(LANE, "there") is None


def test_an_unknown_lane_cannot_be_claimed(ledger):
    assert ledger.lanes.claim(LANE, "here") is None


def test_a_released_lane_is_free(ledger):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    ledger.orders.settle(claim, order, OrderEnd(State.UNNEEDED, NOW, ""))
    assert ledger.lanes.release(claim)
    assert ledger.lanes.claim(LANE, "there")


@pytest.mark.parametrize(
    ("state", "released"), [("queued", False), ("sent", False), ("in_doubt", False), ("denied", True)]
)
def test_a_lane_with_something_to_do_is_kept(ledger, state, released):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    bring(ledger, claim, order, state)
    assert ledger.lanes.release(claim) is released


def test_a_lane_whose_order_waits_for_its_time_may_be_released(ledger):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    ledger.orders.delay(claim, order, timedelta(minutes=3), "the position is unreadable")
    assert ledger.lanes.release(claim)
    assert due(ledger) == ()
    pass_time(ledger, timedelta(minutes=3))
    assert due(ledger) == (LANE,)


def test_idle_lanes_have_no_owner(ledger):
    for symbol in ("ETHUSDT", "BTCUSDT"):
        queue(ledger, symbol, symbol=symbol)
    free = ledger.lanes.claim(LANE, "here")
    bring(ledger, free, free.orders[0].id, "unneeded")
    ledger.lanes.claim(Lane("main", "BTCUSDT"), "here")
    assert ledger.lanes.idle() == (IdleLane(LANE, 1, None),)


def test_claim_under_way_is_waited_for(postgres_url):
    """Of a claim that is being committed the row shows nothing yet: only its lock does."""
    ledger, server = open_ledger(postgres_url), create_engine(postgres_url)
    ledger.nodes.join(Node("here", "host", 1), LEASE)
    order_id = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    coming = replace(claim, fence=claim.fence + 1)
    delaying = threading.Thread(target=ledger.orders.delay, args=(coming, order_id, LEASE, "it waits"))
    with server.connect() as connection:
        connection.execute(text("UPDATE lanes SET fence = fence + 1"))
        delaying.start()
        delaying.join(0.3)
        connection.commit()
    delaying.join(10)
    (order,) = ledger.queries.orders()
    ledger.close()
    server.dispose()
    assert order.reason == "it waits"


def test_leaving_frees_the_lanes(ledger):
    queue(ledger)
    ledger.lanes.claim(LANE, "here")
    assert due(ledger) == ()
    ledger.nodes.leave("here")
    assert due(ledger) == (LANE,)
    assert ledger.lanes.claim(LANE, "there")


class TestTakeover:
    @pytest.fixture
    def dead(self, ledger):
        """A node whose lease has run out, on whichever clock the ledger goes by."""
        ledger.nodes.join(Node("dead", "host", 3), timedelta(microseconds=1))
        return "dead"

    def test_the_lane_of_a_silent_node_is_taken_over(self, ledger, dead):
        queue(ledger)
        old = ledger.lanes.claim(LANE, dead)
        assert due(ledger) == (LANE,)
        new = ledger.lanes.claim(LANE, "here")
        assert new.fence == old.fence + 1

    def test_a_heartbeat_keeps_it(self, ledger, dead):
        queue(ledger)
        ledger.lanes.claim(LANE, dead)
        assert ledger.nodes.heartbeat(dead, LEASE).known
        assert ledger.lanes.claim(LANE, "here") is None

    def test_a_forgotten_node_is_told_so(self, ledger):
        assert not ledger.nodes.heartbeat("unknown", LEASE).known

    @pytest.mark.parametrize("state", ["queued", "sent", "accepted", "in_doubt"])
    def test_the_old_claim_can_write_nothing_more(self, ledger, dead, state):
        order = queue(ledger)
        old = ledger.lanes.claim(LANE, dead)
        bring(ledger, old, order, state)
        new = ledger.lanes.claim(LANE, "here")
        for write in (
            lambda: mark_sent(ledger, old, order, attempt=2),
            lambda: ledger.orders.mark_accepted(old, order, Answered(NOW, "e1")),
            lambda: ledger.orders.mark_in_doubt(old, order, NOW, DOUBT),
            lambda: ledger.orders.requeue(old, order, NOW, ""),
            lambda: ledger.orders.delay(old, order, LEASE, ""),
            lambda: ledger.orders.settle(old, order, OrderEnd(State.DENIED, NOW, "")),
        ):
            with pytest.raises(LaneLost):
                write()
        assert ledger.lanes.release(old), "what is lost need not be released"
        assert ledger.queries.unfinished_orders(new.lane)[0].state == state
        assert ledger.lanes.claim(LANE, "there") is None, "the old claim must not free the new owner's lane"


def claim_when_told(url, node, start, won):
    ledger = open_ledger(url)
    ledger.nodes.join(Node(node, "host", 9), timedelta(hours=1))
    start.wait()
    if ledger.lanes.claim(LANE, node):
        won.put(node)
    ledger.close()


def test_of_many_processes_one_gets_the_lane(ledger, url):
    queue(ledger)
    start, won = SPAWN.Barrier(3), SPAWN.SimpleQueue()
    processes = [SPAWN.Process(target=claim_when_told, args=(url, f"n{number}", start, won)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    winner = won.get()
    assert won.empty()
    assert ledger.lanes.claim(LANE, winner).fence == 2


def test_no_order_slips_between_a_release_and_a_claim(ledger):
    """One side stores an order, then tries to claim; the other runs what it finds and releases: one of them runs it."""
    stored, settled, rounds = threading.Event(), [], 40

    def run(node):
        claim = ledger.lanes.claim(LANE, node)
        while claim:
            for order in ledger.queries.unfinished_orders(claim.lane):
                ledger.orders.settle(claim, order.id, OrderEnd(State.UNNEEDED, NOW, ""))
                settled.append(order.id)
            if ledger.lanes.release(claim):
                return

    def store():
        for number in range(rounds):
            ledger.alerts.record(alert(f"r{number}"), [intent()])
            stored.set()
            run("there")

    thread = threading.Thread(target=store)
    thread.start()
    stored.wait()
    while thread.is_alive():
        run("here")
    thread.join()
    assert due(ledger) == (), "an order waits although both sides think the other has it"
    assert len(settled) == len(set(settled)) == rounds


def test_a_node_may_join_again(ledger):
    queue(ledger)
    ledger.nodes.join(Node("there", "host", 2), -LEASE)
    ledger.lanes.claim(LANE, "there")
    ledger.nodes.join(Node("there", "host", 3), LEASE)
    assert ledger.lanes.claim(LANE, "here") is None


@pytest.mark.parametrize("words", ["size \0 too large", "half a pair: \ud83d", "¥ × 🙂", "long " * 1000])
def test_whatever_the_exchange_says_can_be_stored(ledger, words):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    mark_sent(ledger, claim, order)
    ledger.orders.settle(claim, order, OrderEnd(State.REJECTED, NOW, words))
    assert ledger.queries.receipt("r1").orders[0].state is State.REJECTED
