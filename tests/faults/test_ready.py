"""/health/ready says what the last write said, and whether there is a lane that takes orders."""

import resource
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from executor.engine import backlog
from executor.ledger import LedgerUnavailable
from tests.desk import QUICK, Desk
from tests.faults.test_waiting import locked
from tests.served import Served, by_command


@pytest.fixture
def desk(url, tmp_path):
    desk = Desk(tmp_path, ledger=url)
    desk.run()
    yield desk
    desk.close()


def refused(desk):
    """Whether an alert cannot be stored."""
    try:
        desk.signal("long")
    except LedgerUnavailable:
        return True
    return False


def test_a_locked_ledger_is_not_ready(desk, url):
    readiness = desk.runner.readiness
    assert readiness.trouble() is None
    with locked(url):
        assert refused(desk)
        assert "the ledger could not be used" in readiness.trouble()
    desk.wait_for(lambda: readiness.trouble() is None)


def test_a_full_disk_is_not_ready(tmp_path):
    desk = Desk(tmp_path)
    try:
        desk.run()
        set_most_pages(desk, "SELECT page_count FROM pragma_page_count")
        assert desk.wait_for(lambda: refused(desk) and "disk is full" in (desk.runner.readiness.trouble() or ""))
        set_most_pages(desk, "SELECT 1000000")
        desk.wait_for(lambda: desk.runner.readiness.trouble() is None)
        assert not refused(desk)
    finally:
        desk.close()


def set_most_pages(desk, query):
    def verb(connection):
        pages = connection.execute(text(query)).scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    desk.runner.ledger.database.write(verb)


@contextmanager
def files_cannot_grow(served):
    """As on a disk that is full: a worker's writes beyond what its write-ahead log has now are refused."""
    (worker,) = workers(served)
    size = (served.folder / "ledger.db-wal").stat().st_size
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)


def workers(served):
    master = served.process.pid
    with open(f"/proc/{master}/task/{master}/children") as children:
        return [int(pid) for pid in children.read().split()]


def test_a_server_that_cannot_write_is_not_ready(tmp_path):
    """The heartbeat finds out; no alert has to come."""
    served = Served(tmp_path, by_command)
    try:
        with files_cannot_grow(served):
            served.wait_for(lambda: status(served) == 503)
            assert "could not be used" in served.ready()["ledger"]
        served.wait_for(lambda: status(served) == 200)
    finally:
        served.stop()


def status(served):
    return served.http.get(f"{served.url}/health/ready", timeout=5).status_code


def test_a_silent_heartbeat_is_not_ready(make_desk, url):
    desk = make_desk(ledger=url, timings=replace(QUICK, ledger_silence=timedelta(seconds=-1)))
    desk.run()
    assert "nothing could be written to the ledger for" in desk.runner.readiness.trouble()


def test_a_full_lane_leaves_the_others_ready(desk, monkeypatch):
    monkeypatch.setattr(backlog, "MOST_OF_LANE", 1)
    desk.exchange.stale_ms = 60_000
    desk.signal("short")
    readiness = desk.runner.readiness
    assert readiness.trouble() is None
    assert readiness.full() == ["lane main/ETHUSDT has 1 unfinished orders"]


def test_without_a_free_lane_it_is_not_ready(desk, monkeypatch):
    monkeypatch.setattr(backlog, "MOST_OF_ACCOUNT", 1)
    desk.exchange.stale_ms = 60_000
    desk.signal("short")
    assert desk.runner.readiness.trouble() is None, "the other account takes orders"
    desk.signal("short", account="net")
    assert "no lane takes another order: account main has 1" in desk.runner.readiness.trouble()
