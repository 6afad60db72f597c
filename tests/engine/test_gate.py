"""While an alert is being written down its order's request is made ready, and nothing leaves before the commit."""

import sqlite3
import threading
import time
from contextlib import contextmanager

import pytest

from executor.core.order import State
from executor.engine import gate
from executor.ledger import Ledger, LedgerUnavailable
from executor.ledger.writer import SqliteWriter
from tests.engine.test_acceptance import WAY


@pytest.fixture
def before_commit(monkeypatch):
    """What is put in here is called once, when all of a durable transaction has been done but its commit."""
    real, waiting = SqliteWriter._transaction, []

    @contextmanager
    def transaction(self, durable):
        with real(self, durable):
            yield
            if durable and waiting:
                waiting.pop()()

    monkeypatch.setattr(SqliteWriter, "_transaction", transaction)
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
