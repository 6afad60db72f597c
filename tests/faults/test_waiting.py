"""What an alert waits for before its answer: two seconds of it all together, then it is asked to come again."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from executor.core.order import State
from executor.engine.timings import Timings
from executor.ledger import LedgerSlow, LedgerUnavailable, open_ledger
from executor.ledger.alerts import AlertStore
from tests.builders import alert, intent, queue
from tests.desk import LIFETIME, Desk
from tests.ledger.within import Within
from tests.served import Served, by_command

TRADINGVIEW_LEAVES = 3.0  # seconds
SOON = Timings(signature_lifetime=LIFETIME, taking_in=timedelta(seconds=0.3))


@contextmanager
def locked(url):
    """No other connection can write meanwhile."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE alerts, dedupe, orders IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


@contextmanager
def occupied(ledger):
    """Another caller's write lasts as long; no other gets the turn."""
    free, started = threading.Event(), threading.Event()

    def slow(_):
        started.set()
        free.wait()

    first = threading.Thread(target=ledger.database.write, args=(slow,))
    first.start()
    started.wait()
    yield
    free.set()
    first.join()


@pytest.fixture
def ledger(url):
    ledger = open_ledger(url)
    ledger.migrate()
    yield ledger
    ledger.close()


def test_a_server_answers_before_tradingview_leaves(tmp_path):
    served = Served(tmp_path, by_command)
    try:
        body = served.alert("short")
        with locked(f"sqlite:///{tmp_path}/ledger.db"):
            asked = time.monotonic()
            refused = served.post(body)
            took = time.monotonic() - asked
        assert refused.status_code == 503
        assert 1.9 < took < TRADINGVIEW_LEAVES
        assert served.post(body).status_code == 202
    finally:
        served.stop()


def test_an_alert_waits_no_longer_than_it_may(url, tmp_path):
    desk = Desk(tmp_path, ledger=url, timings=SOON)
    try:
        desk.run()
        with locked(url):
            asked = time.monotonic()
            with pytest.raises(LedgerUnavailable):
                desk.signal("short", n="the same")
            took = time.monotonic() - asked
        assert took < 2, "a lock is waited for five seconds elsewhere"
        desk.rest()
        assert desk.runner.ledger.queries.orders() == ()
        again = desk.signal("short", n="the same")
        assert desk.end(again).state is State.CONFIRMED
        assert len(desk.executed()) == 1
    finally:
        desk.close()


CALLERS = {"hasty": 0.4, "calm": 4.0, "patient": None}


def test_callers_with_less_time_take_no_other_with_them(tmp_path):
    """They wait for one commit together, and the one that has the least time gets the turn."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    ledger = open_ledger(url)
    ledger.migrate()
    writer, results = ledger.database.writer, {}

    def record(name):
        try:
            results[name] = ledger.alerts.record(alert(name), [intent()], within_seconds=CALLERS[name]).receipt
        except LedgerUnavailable as error:
            results[name] = type(error)

    threads = {name: threading.Thread(target=record, args=(name,)) for name in CALLERS}
    with locked(url):
        with writer._turn:
            for waiting, thread in enumerate(threads.values(), 1):
                thread.start()
                while len(writer._waiting) < waiting:
                    assert thread.is_alive()
        threads["hasty"].join()
    for thread in threads.values():
        thread.join()
    assert issubclass(results["hasty"], LedgerUnavailable)
    assert (results["calm"], results["patient"]) == ("calm", "patient")
    assert ledger.queries.receipt("hasty") is None
    ledger.close()


def test_a_caller_that_waits_for_its_turn_leaves_in_time(tmp_path):
    """Another caller has the turn, and its write takes long."""
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    with occupied(ledger), pytest.raises(LedgerSlow):
        ledger.alerts.record(alert("r1"), [intent()], within_seconds=0.1)
    queue(ledger, "r2")
    assert ledger.queries.receipt("r1") is None, "its caller had left"
    ledger.close()


def test_nothing_is_kept_of_a_verb_whose_caller_left(ledger):
    """It had begun; its commit had not."""
    left, ended = threading.Event(), threading.Event()

    def verb(connection):
        AlertStore(Within(connection)).record(alert("r1"), [intent()])
        left.wait()
        ended.set()

    if ledger.database.dialect == "sqlite":
        pytest.skip("the caller's own thread commits")
    with pytest.raises(LedgerSlow):
        ledger.database.write(verb, durable=True, within_seconds=0.2)
    left.set()
    ended.wait()
    assert not ledger.alerts.record(alert("r1", digest="again"), [intent()]).duplicate


def test_a_kept_write_is_repeated_by_the_same_alert(ledger):
    """The caller left while the commit was under way: the outcome is unknown, and the same alert again finds it."""
    ledger.alerts.record(alert("r1", key="k"), [intent()])
    again = ledger.alerts.record(alert("r2", key="k"), [intent()], within_seconds=1.0)
    assert (again.duplicate, again.receipt) == (True, "r1")


def test_a_caller_asks_only_so_long_what_is_known(postgres_url):
    ledger = open_ledger(postgres_url)
    ledger.migrate()
    with locked(postgres_url), pytest.raises(LedgerSlow):
        ledger.alerts.knows(["k"], 0.2)
    ledger.close()
