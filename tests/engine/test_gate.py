"""While an alert is being written down its order's request is made ready, and nothing leaves before the commit."""

import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from executor.bitget.departing import Departing
from executor.core.order import State
from executor.engine import gate
from executor.engine.gate import Gate
from executor.ledger import Ledger, LedgerUnavailable, writer
from tests.engine.test_acceptance import WAY


@pytest.fixture
def wire():
    """Our end and the exchange's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(5)
        yield ours, theirs


@pytest.fixture
def lane():
    """The thread that comes to a gate."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


def come(lane, gate, departing):
    """Come to the gate and wait there: what becomes of it."""
    outcome = lane.submit(gate.let_go, departing)
    while not gate._waiting:
        time.sleep(0.001)
    return outcome


def arrived(theirs):
    theirs.setblocking(False)
    try:
        return theirs.recv(100)
    except BlockingIOError:
        return b""


def test_whoever_opens_sends_what_waits_and_the_answer_wakes_its_thread(wire, lane, monkeypatch):
    monkeypatch.setattr(gate, "LOOK_SECONDS", 5)
    ours, theirs = wire
    outcome = come(lane, shut := Gate(), Departing(ours, b"order"))
    shut.open()
    assert arrived(theirs) == b"order"
    assert not outcome.done()
    theirs.send(b"answer")
    assert outcome.result(timeout=1)
    assert arrived(theirs) == b""


def test_who_comes_to_an_open_gate_sends_by_himself(wire):
    ours, theirs = wire
    opened = Gate()
    opened.open()
    assert opened.let_go(Departing(ours, b"order"))
    assert arrived(theirs) == b"order"


def test_an_answer_that_takes_longer_than_a_look_is_left_to_whoever_reads_it(wire, lane):
    ours, theirs = wire
    outcome = come(lane, shut := Gate(), Departing(ours, b"order"))
    shut.open()
    assert outcome.result(timeout=5)
    assert arrived(theirs) == b"order"


@pytest.mark.parametrize("waiting", [True, False], ids=["while it waits", "before it comes"])
def test_nothing_passes_a_barred_gate(wire, lane, waiting):
    ours, theirs = wire
    barred = Gate()
    if waiting:
        outcome = come(lane, barred, Departing(ours, b"order"))
        barred.bar()
    else:
        barred.bar()
        outcome = come(lane, barred, Departing(ours, b"order"))
    assert outcome.result(timeout=5) is False
    assert arrived(theirs) == b""


def test_nothing_passes_a_gate_that_opens_too_late(wire, monkeypatch):
    monkeypatch.setattr(gate, "MOST_SECONDS_HELD", 0.05)
    ours, theirs = wire
    late = Gate()
    assert late.let_go(Departing(ours, b"order")) is False
    late.open()
    assert arrived(theirs) == b""


def test_a_peer_that_hangs_up_lets_nothing_through(wire, lane):
    ours, theirs = wire
    theirs.shutdown(socket.SHUT_WR)
    outcome = come(lane, shut := Gate(), Departing(ours, b"order"))
    time.sleep(0.05)
    assert not outcome.done()
    assert arrived(theirs) == b""
    shut.open()
    assert outcome.result(timeout=5)
    assert arrived(theirs) == b"order"


def test_what_goes_wrong_in_sending_is_told_to_the_thread_whose_request_it_is(wire, lane):
    ours, theirs = wire
    theirs.close()
    outcome = come(lane, shut := Gate(), Departing(ours, b"order"))
    shut.open()
    with pytest.raises(BrokenPipeError):
        outcome.result(timeout=5)


@pytest.fixture
def before_commit(monkeypatch):
    """What is put in here is called once, when all of a durable transaction has been done but its commit."""
    real, waiting = writer._Job.run, []

    def run(self, connection):
        real(self, connection)
        if self.durable and waiting:
            waiting.pop()()

    monkeypatch.setattr(writer._Job, "run", run)
    return waiting


def test_nothing_leaves_before_its_alert_is_on_disk(desk, before_commit):
    left = []

    def wait():
        desk.wait_for(lambda: desk.runner._lanes._held)
        time.sleep(0.3)
        left.extend(desk.exchange.journal)

    before_commit.append(wait)
    receipt = desk.signal("short")
    assert before_commit == left == []
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY


def test_nothing_leaves_if_the_commit_fails(desk, before_commit):
    def fail():
        desk.wait_for(lambda: desk.runner._lanes._held)
        raise sqlite3.OperationalError("the disk is full")

    before_commit.append(fail)
    with pytest.raises(LedgerUnavailable):
        desk.signal("short", n="the same")
    desk.rest()
    assert before_commit == list(desk.exchange.journal) == []
    assert desk.runner.ledger.orders() == ()
    receipt = desk.signal("short", n="the same")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == WAY


def test_a_commit_that_is_done_over_lets_it_leave_once(desk, before_commit):
    """Group commits: one caller's mistake makes all others' writes be done again."""
    writer, receipts = desk.runner.ledger._database.writer, []

    def wrong(_):
        raise ValueError("a mistake")

    def spoil():
        with pytest.raises(ValueError, match="a mistake"):
            writer.write(wrong, durable=True)

    threads = [threading.Thread(target=lambda: receipts.append(desk.signal("short"))), threading.Thread(target=spoil)]
    with writer._turn:
        for number, thread in enumerate(threads, 1):
            thread.start()
            desk.wait_for(lambda number=number: len(writer._waiting) >= number)
    for thread in threads:
        thread.join()
    assert desk.end(*receipts).state is State.CONFIRMED
    assert desk.states(*receipts) == WAY
    assert len(desk.exchange.journal) == 1


def test_a_request_that_is_held_back_for_too_long_is_decided_anew(desk, before_commit, monkeypatch):
    monkeypatch.setattr(gate, "MOST_SECONDS_HELD", 0.05)
    before_commit.append(lambda: time.sleep(0.3))
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == ["queued", "sent", "queued", "sent", "accepted", "confirmed"]
    assert len(desk.exchange.journal) == 1


def test_a_write_that_was_kept_although_it_failed_is_decided_anew(desk, monkeypatch):
    real = Ledger.record_alert

    def kept(*arguments):
        real(*arguments)
        raise LedgerUnavailable("the connection broke at the commit")

    monkeypatch.setattr(Ledger, "record_alert", kept)
    with pytest.raises(LedgerUnavailable):
        desk.signal("short")
    monkeypatch.setattr(Ledger, "record_alert", real)
    (order,) = desk.runner.ledger.orders()
    assert desk.end(order.receipt).state is State.CONFIRMED
    assert desk.states(order.receipt) == ["queued", "sent", "queued", "sent", "accepted", "confirmed"]
    assert len(desk.exchange.journal) == 1
