"""A lane is run by one process at a time, and by somebody as long as anybody lives."""

import multiprocessing
import threading
from datetime import timedelta

import pytest

from executor.core.order import Lane, State
from executor.ledger import IdleLane, LaneLost, Node, open_ledger
from tests.builders import DOUBT, LANE, LEASE, NOW, alert, bring, due, intent, mark_sent, pass_time, queue

SPAWN = multiprocessing.get_context("spawn")


def test_a_free_lane_is_claimed_with_its_unfinished_orders(ledger):
    done, waiting = queue(ledger, "r1"), queue(ledger, "r2")
    bring(ledger, ledger.claim_lane(LANE, "here"), done, "unneeded")
    claim = ledger.claim_lane(LANE, "here")
    assert [order.id for order in claim.orders] == [waiting]
    assert claim.fence == 2


def test_a_held_lane_is_not_given_to_another(ledger):
    queue(ledger)
    assert ledger.claim_lane(LANE, "here")
    assert ledger.claim_lane(LANE, "there") is None


def test_a_lane_nobody_has_sent_to_cannot_be_claimed(ledger):
    assert ledger.claim_lane(LANE, "here") is None


def test_a_released_lane_is_free(ledger):
    order = queue(ledger)
    claim = ledger.claim_lane(LANE, "here")
    ledger.settle(claim, order, State.UNNEEDED, NOW, "")
    assert ledger.release_lane(claim)
    assert ledger.claim_lane(LANE, "there")


@pytest.mark.parametrize(
    ("state", "released"), [("queued", False), ("sent", False), ("in_doubt", False), ("denied", True)]
)
def test_a_lane_with_something_to_do_is_kept(ledger, state, released):
    order = queue(ledger)
    claim = ledger.claim_lane(LANE, "here")
    bring(ledger, claim, order, state)
    assert ledger.release_lane(claim) is released


def test_a_lane_whose_order_waits_for_its_time_may_be_released(ledger):
    order = queue(ledger)
    claim = ledger.claim_lane(LANE, "here")
    ledger.delay(claim, order, timedelta(minutes=3), "the position is unreadable")
    assert ledger.release_lane(claim)
    assert due(ledger) == ()
    pass_time(ledger, timedelta(minutes=3))
    assert due(ledger) == (LANE,)


def test_idle_are_the_lanes_that_nobody_holds(ledger):
    for symbol in ("ETHUSDT", "BTCUSDT"):
        queue(ledger, symbol, symbol=symbol)
    free = ledger.claim_lane(LANE, "here")
    bring(ledger, free, free.orders[0].id, "unneeded")
    ledger.claim_lane(Lane("main", "BTCUSDT"), "here")
    assert ledger.idle_lanes() == (IdleLane(LANE, 1, None),)


def test_leaving_frees_the_lanes(ledger):
    queue(ledger)
    ledger.claim_lane(LANE, "here")
    assert due(ledger) == ()
    ledger.leave("here")
    assert due(ledger) == (LANE,)
    assert ledger.claim_lane(LANE, "there")


class TestTakeover:
    @pytest.fixture
    def dead(self, ledger):
        """A node whose lease has run out, on whichever clock the ledger goes by."""
        ledger.join(Node("dead", "host", 3), timedelta(microseconds=1))
        return "dead"

    def test_the_lane_of_a_silent_node_is_taken_over(self, ledger, dead):
        queue(ledger)
        old = ledger.claim_lane(LANE, dead)
        assert due(ledger) == (LANE,)
        new = ledger.claim_lane(LANE, "here")
        assert new.fence == old.fence + 1

    def test_a_heartbeat_keeps_it(self, ledger, dead):
        queue(ledger)
        ledger.claim_lane(LANE, dead)
        assert ledger.heartbeat(dead, LEASE).known
        assert ledger.claim_lane(LANE, "here") is None

    def test_a_forgotten_node_is_told_so(self, ledger):
        assert not ledger.heartbeat("nobody", LEASE).known

    @pytest.mark.parametrize("state", ["queued", "sent", "accepted", "in_doubt"])
    def test_the_old_claim_can_write_nothing_more(self, ledger, dead, state):
        order = queue(ledger)
        old = ledger.claim_lane(LANE, dead)
        bring(ledger, old, order, state)
        new = ledger.claim_lane(LANE, "here")
        for write in (
            lambda: mark_sent(ledger, old, order, attempt=2),
            lambda: ledger.mark_accepted(old, order, NOW, "e1"),
            lambda: ledger.mark_in_doubt(old, order, NOW, DOUBT),
            lambda: ledger.requeue(old, order, NOW, ""),
            lambda: ledger.delay(old, order, LEASE, ""),
            lambda: ledger.settle(old, order, State.DENIED, NOW, ""),
        ):
            with pytest.raises(LaneLost):
                write()
        assert ledger.release_lane(old), "what is lost need not be released"
        assert ledger.refresh(new)[0].state == state
        assert ledger.claim_lane(LANE, "there") is None, "the old claim must not free the new owner's lane"


def claim_when_told(url, node, start, won):
    ledger = open_ledger(url)
    ledger.join(Node(node, "host", 9), timedelta(hours=1))
    start.wait()
    if ledger.claim_lane(LANE, node):
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
    assert ledger.claim_lane(LANE, winner).fence == 2


def test_no_order_slips_between_a_release_and_a_claim(ledger):
    """One side stores an order, then tries to claim; the other runs what it finds and releases: somebody has it."""
    stored, settled, rounds = threading.Event(), [], 40

    def run(node):
        claim = ledger.claim_lane(LANE, node)
        while claim:
            for order in ledger.refresh(claim):
                ledger.settle(claim, order.id, State.UNNEEDED, NOW, "")
                settled.append(order.id)
            if ledger.release_lane(claim):
                return

    def store():
        for number in range(rounds):
            ledger.record_alert(alert(f"r{number}"), [intent()])
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
    ledger.join(Node("there", "host", 2), -LEASE)
    ledger.claim_lane(LANE, "there")
    ledger.join(Node("there", "host", 3), LEASE)
    assert ledger.claim_lane(LANE, "here") is None


@pytest.mark.parametrize("words", ["size \0 too large", "half a pair: \ud83d", "¥ × 🙂", "long " * 1000])
def test_whatever_the_exchange_says_can_be_stored(ledger, words):
    order = queue(ledger)
    claim = ledger.claim_lane(LANE, "here")
    mark_sent(ledger, claim, order)
    ledger.settle(claim, order, State.REJECTED, NOW, words)
    assert ledger.receipt("r1").orders[0].state is State.REJECTED
