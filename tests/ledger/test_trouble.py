"""When the database cannot be used the ledger says so, waits for nothing for long, and works again afterwards."""

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import create_engine, text

from executor.core.order import State
from executor.errors import LedgerError
from executor.ledger import Answered, DatabaseLimits, LedgerUnavailable, open_ledger
from tests.builders import LANE, NOW, alert, intent, mark_sent, queue

CUT_ALL_CONNECTIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def sqlite_ledger(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def in_one_commit(sqlite_ledger):
    """Runs verbs, each in its thread, after one that keeps them waiting: in one commit. What became of each."""
    writer, started, free, results = sqlite_ledger.database.writer, threading.Event(), threading.Event(), []

    def attempt(verb):
        try:
            results.append(writer.write(verb, durable=True))
        except (KeyboardInterrupt, LedgerUnavailable) as error:
            results.append(type(error))

    def occupied(connection):
        started.set()
        free.wait()

    def run(*verbs):
        first = threading.Thread(target=writer.write, args=(occupied,), kwargs={"durable": False})
        threads = [threading.Thread(target=attempt, args=(verb,)) for verb in verbs]
        first.start()
        started.wait()
        for thread in threads:
            thread.start()
        while len(writer._waiting) < len(verbs):
            assert first.is_alive()
        free.set()
        for thread in (first, *threads):
            thread.join()
        return results

    return run


def test_an_interrupted_commit_confirms_no_write(sqlite_ledger, in_one_commit):
    def interrupted(connection):
        raise KeyboardInterrupt

    results = in_one_commit(interrupted, lambda _: "done")
    assert set(results) == {KeyboardInterrupt, LedgerUnavailable}
    assert not sqlite_ledger.alerts.record(alert("r1"), [intent()]).duplicate


def test_callers_that_wait_together_wait_for_a_locked_file_once(sqlite_ledger, tmp_path):
    writer, statements, results = sqlite_ledger.database.writer, [], []
    connection = writer._connection.connection.dbapi_connection
    connection.execute("PRAGMA busy_timeout=1000")
    connection.set_trace_callback(statements.append)

    def attempt():
        with pytest.raises(LedgerUnavailable, match="locked"):
            writer.write(lambda _: "done", durable=True)
        results.append("refused")

    threads = [threading.Thread(target=attempt) for _ in range(5)]
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == ["refused"] * 5
    assert statements.count("BEGIN IMMEDIATE") == 2, "once for the first, once for all who came meanwhile"
    assert not sqlite_ledger.alerts.record(alert("r1"), [intent()]).duplicate


def test_callers_that_wait_together_are_committed_together(sqlite_ledger, in_one_commit):
    statements, connection = [], sqlite_ledger.database.writer._connection.connection.dbapi_connection
    connection.set_trace_callback(statements.append)
    assert in_one_commit(*(lambda _: "done" for _ in range(4))) == ["done"] * 4
    assert statements.count("COMMIT") == 2, "one for the verb that kept them waiting, one for all of them"


def test_a_full_disk_loses_the_alert_at_hand_and_no_other(sqlite_ledger):
    order = queue(sqlite_ledger)
    limit = "PRAGMA max_page_count"
    pages = sqlite_ledger.database.write(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    sqlite_ledger.database.write(lambda connection: connection.exec_driver_sql(f"{limit} = {pages}"))
    refused = 0
    for number in range(100):
        try:
            sqlite_ledger.alerts.record(alert(f"full{number}"), [intent()])
        except LedgerUnavailable as error:
            assert "disk is full" in str(error)  # noqa: PT017 - the first ones still fit
            refused += 1
            assert sqlite_ledger.queries.receipt(f"full{number}") is None
    assert refused
    sqlite_ledger.database.write(lambda connection: connection.exec_driver_sql(f"{limit} = 1000000"))
    assert not sqlite_ledger.alerts.record(alert("r2"), [intent()]).duplicate
    assert sqlite_ledger.queries.receipt("r1").orders[0].id == order


def test_a_file_that_is_no_database_is_said_so(tmp_path):
    (tmp_path / "ledger.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(LedgerUnavailable, match="file is not a database"):
        open_ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_a_caller_waits_only_so_long_for_a_free_connection(url):
    ledger = open_ledger(url, limits=DatabaseLimits(lock_seconds=0.05, pool_size=1))
    ledger.migrate()
    with pytest.raises(LedgerUnavailable, match="limit of size 1"):
        ledger.database.read(lambda _: ledger.queries.orders())
    assert ledger.queries.orders() == ()
    ledger.close()


def test_a_lock_that_another_keeps_is_not_waited_for_forever(postgres_url):
    ledger = open_ledger(postgres_url, limits=DatabaseLimits(lock_seconds=0.05))
    other = create_engine(postgres_url)
    with other.begin() as connection:
        connection.execute(text("LOCK TABLE alerts"))
        with pytest.raises(LedgerUnavailable, match="lock timeout"):
            ledger.alerts.record(alert("r1"), [intent()])
    assert not ledger.alerts.record(alert("r1"), [intent()]).duplicate
    other.dispose()
    ledger.close()


def test_after_the_server_has_cut_every_connection_the_next_call_works(postgres_url):
    ledger, other = open_ledger(postgres_url), create_engine(postgres_url)
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    ledger.queries.unfinished_orders(claim.lane)
    with other.begin() as connection:
        assert len(connection.execute(CUT_ALL_CONNECTIONS).all()) >= 3
    assert mark_sent(ledger, claim, order) is None
    assert ledger.queries.unfinished_orders(claim.lane)[0].state is State.SENT
    ledger.orders.mark_accepted(claim, order, Answered(NOW, "e1"))
    other.dispose()
    ledger.close()


def test_a_connection_that_breaks_in_the_middle_of_a_verb_is_not_used_again(postgres_url):
    ledger, other = open_ledger(postgres_url), create_engine(postgres_url)

    def broken(connection):
        with other.begin() as killer:
            killer.execute(CUT_ALL_CONNECTIONS)
        connection.execute(text("DELETE FROM alerts"))

    with pytest.raises(LedgerUnavailable, match="connection"):
        ledger.database.write(broken, durable=True)
    assert not ledger.alerts.record(alert("r1"), [intent()]).duplicate
    other.dispose()
    ledger.close()


def test_settings_in_the_url_are_kept(postgres_url):
    ledger = open_ledger(f"{postgres_url}&options=-c%20search_path%3Delsewhere,public&application_name=ours")
    settings = text("SELECT current_setting('search_path'), current_setting('application_name')")
    assert ledger.database.read(lambda connection: tuple(connection.execute(settings).one())) == (
        "elsewhere,public",
        "ours",
    )
    ledger.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://u:pass word@127.0.0.1:port/db", "postgresql+psycopg://u:password@127.0.0.1:99999999999/db"],
)
def test_a_url_that_cannot_be_read_is_refused_without_showing_its_password(url):
    with pytest.raises(LedgerError) as refused:
        open_ledger(url).check()
    assert "pass" not in str(refused.value)


def test_closing_waits_for_calls_under_way(ledger):
    begun, ended, go_on = threading.Event(), threading.Event(), threading.Event()

    def slow(connection):
        begun.set()
        assert go_on.wait(10)
        connection.execute(text("SELECT 1"))
        ended.set()

    reader = threading.Thread(target=ledger.database.read, args=(slow,))
    reader.start()
    assert begun.wait(10)
    closer = threading.Thread(target=ledger.close)
    closer.start()
    closer.join(0.2)
    assert closer.is_alive()
    go_on.set()
    closer.join(10)
    assert ended.is_set()
    reader.join(10)
    with pytest.raises(LedgerUnavailable, match="it is closed"):
        ledger.queries.orders()
