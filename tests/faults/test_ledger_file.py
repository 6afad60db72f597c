"""SQLite's file is deleted, or another one is moved over it, while processes have it open."""

import os
import sqlite3
from contextlib import closing

import pytest

from executor.ledger import Departure, LedgerGone, OrderEnd, open_ledger
from tests.builders import LANE, LONG, NOW, SHORT, alert, bring, intent, queue, send
from tests.served import Served, by_command


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path):
    ledger = open_ledger(f"sqlite:///{path}")
    ledger.migrate()
    queue(ledger, "first")
    yield ledger
    ledger.close()


def older(path):
    """A copy made now, as a backup is."""
    copy = path.with_name("older.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def deleted(path):
    path.unlink()


def replaced(path):
    os.replace(older(path), path)


def without_its_log(path):
    path.with_name("ledger.db-wal").unlink()


LOSSES = {"deleted": deleted, "an older copy": replaced, "its log deleted": without_its_log}


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_is_taken_into_a_lost_file(ledger, path, loss):
    ledger.check()
    LOSSES[loss](path)
    with pytest.raises(LedgerGone, match="deleted, moved or replaced"):
        ledger.alerts.record(alert("r1"), [intent()])
    with pytest.raises(LedgerGone):
        ledger.check()


def test_nothing_is_sent_from_a_lost_file(ledger, path):
    claim = ledger.lanes.claim(LANE, "here")
    (order,) = claim.orders
    path.unlink()
    with pytest.raises(LedgerGone):
        ledger.orders.mark_sent(Departure(claim, send(order.id), LONG, SHORT, "reverse"), order.id, NOW)


def test_what_ends_is_kept_in_a_file_that_comes_back(ledger, path):
    claim = ledger.lanes.claim(LANE, "here")
    (order,) = claim.orders
    bring(ledger, claim, order.id, "accepted")
    moved = path.rename(path.with_name("moved.db"))
    ledger.orders.settle(claim, order.id, OrderEnd(order.state.CONFIRMED, NOW, "", position_after=SHORT))
    moved.rename(path)
    assert ledger.queries.receipt("first").orders[0].state.value == "confirmed"
    assert not ledger.alerts.record(alert("r1"), [intent()]).duplicate


def test_the_file_in_its_place_is_not_read(ledger, path):
    """A connection to it would write the open file's log into it."""
    os.replace(older(path), path)
    with pytest.raises(LedgerGone):
        ledger.queries.orders()


def test_an_untouched_file_is_no_trouble(ledger, path):
    other = open_ledger(f"sqlite:///{path}")
    queue(other, "r1")
    other.close()
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.alerts.record(alert("r2"), [intent()])
    ledger.check()
    assert [order.receipt for order in ledger.queries.orders()] == ["r2", "r1", "first"]


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path, by_command)
    yield served
    served.stop()


def status(served):
    return served.http.get(f"{served.url}/health/ready", timeout=5)


@pytest.mark.parametrize("loss", ["deleted", "an older copy"])
def test_a_server_without_its_file_is_not_ready(served, path, loss):
    first = served.post(served.alert("short"), wait=10)
    kept = path.with_name("kept.db")
    os.link(path, kept)
    LOSSES[loss](path)
    refused = served.post(served.alert("long"))
    assert refused.status_code == 503
    assert "deleted, moved or replaced" in refused.json()["detail"]
    assert status(served).status_code == 503
    assert "deleted, moved or replaced" in status(served).json()["ledger"]
    served.wait_for(lambda: 'event="ledger lost' in served.log.read_text(), 5)

    os.replace(kept, path)
    served.wait_for(lambda: status(served).status_code == 200)
    assert served.http.get(f"{served.url}/receipts/{first.json()['receipt']}").status_code == 200
    assert served.post(served.alert("long"), wait=10).json()["orders"][0]["state"] == "confirmed"
    assert served.log.read_text().count('event="ledger lost') == 1
