"""What was acknowledged is there, whatever happens to the process; what failed leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from executor.core.reversal import Operation
from executor.errors import LedgerError
from executor.ledger import DatabaseLimits, LedgerOutdated, LedgerUnavailable, open_ledger
from executor.ledger.columns import to_microseconds, transitions
from executor.ledger.migrating import alembic_config, create, upgrade, versions
from executor.ledger.tables import metadata
from executor.times import utc_now
from tests.builders import LANE, LEASE, alert, intent, queue
from tests.imports import imported_by

RECORD_FOREVER = """
import sys
from executor.ledger import open_ledger
from tests.builders import alert, intent
ledger, number = open_ledger(sys.argv[1]), 0
while True:
    name = f"{sys.argv[2]}-{number}"
    ledger.alerts.record(alert(name), [intent()])
    print(name, flush=True)
    number += 1
"""


@pytest.mark.parametrize("after", [1, 7, 40])
def test_a_killed_process_loses_nothing_it_acknowledged(ledger, url, after):
    process = subprocess.Popen(
        [sys.executable, "-c", RECORD_FOREVER, url, str(after)], stdout=subprocess.PIPE, text=True
    )
    acknowledged = [process.stdout.readline().strip() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += process.stdout.read().split()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    for name in acknowledged:
        receipt = ledger.queries.receipt(name)
        assert len(receipt.orders) == 1
        assert len(receipt.history[receipt.orders[0].id]) == 1


def test_a_failing_verb_sinks_no_other(ledger):
    """Many threads write at once, half of them something that the database refuses."""
    queue(ledger, "r0")
    failed, stored, start = [], [], threading.Barrier(12)

    def good(number):
        start.wait()
        ledger.alerts.record(alert(f"good{number}"), [intent()])
        stored.append(number)

    def bad(number):
        start.wait()
        try:
            ledger.database.write(
                lambda connection: connection.execute(text("INSERT INTO nowhere VALUES (1)")), durable=True
            )
        except LedgerUnavailable as error:
            failed.append(str(error))

    threads = [threading.Thread(target=good if number % 2 else bad, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == len(failed) == 6
    assert len(ledger.queries.orders()) == 7


def test_a_verb_that_fails_half_way_leaves_nothing(ledger):
    def half(connection):
        connection.execute(text("DELETE FROM nodes"))
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        ledger.database.write(half)
    assert ledger.nodes.heartbeat("here", LEASE).known, "the deletion was undone"


def test_the_migrations_lead_to_the_tables_of_the_code(empty_postgres_url, tmp_path):
    for url in (f"sqlite:///{tmp_path}/old.db", empty_postgres_url):
        engine = create_engine(url)
        with engine.begin() as connection:
            upgrade(connection)
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        engine.dispose()


def test_a_new_ledger_is_what_the_migrations_would_have_made_of_it(tmp_path):
    made = {}
    for name, make in (("migrated", upgrade), ("new", create)):
        engine = create_engine(f"sqlite:///{tmp_path}/{name}.db")
        with engine.begin() as connection:
            make(connection)
            rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master"))
            made[name] = {(kind, of): sorted((sql or "").split(",")) for kind, of, sql in rows}
            made[name]["version"] = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        engine.dispose()
    assert plainly(made["new"]) == plainly(made["migrated"])


def plainly(made):
    """Without line breaks, and with the parts of a statement in any order."""
    return {name: sorted(" ".join(part.split()).strip(" )") for part in parts) for name, parts in made.items()}


def test_what_happened_and_what_is_known_is_kept_by_the_migrations(empty_postgres_url, tmp_path):
    rows = [("queued", 1, ""), ("sent", 1, ""), ("rejected", 2, '22002: "none"\u2028\nleft')]
    for url in (f"sqlite:///{tmp_path}/old.db", empty_postgres_url):
        engine = create_engine(url)
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), "0002")
            connection.execute(text("INSERT INTO alerts VALUES ('r', 's', '{}', 'd', 1, 'c')"))
            order = "INSERT INTO orders (id, receipt, account, symbol, rule, intent, state, config_digest, updated_at) "
            connection.execute(text("INSERT INTO dedupe VALUES ('k', 'r', 'd', 9)"))
            for name in ("o1", "o2"):
                connection.execute(
                    text(order + "VALUES (:id, 'r', 'a', :id, 'r', '{}', 'rejected', 'c', 2)"), {"id": name}
                )
            step = text("INSERT INTO transitions (order_id, state, at, reason) VALUES ('o1', :state, :at, :reason)")
            for state, at, reason in rows:
                connection.execute(step, {"state": state, "at": at, "reason": reason})
        with engine.begin() as connection:
            upgrade(connection)
            assert connection.execute(text("SELECT * FROM dedupe")).all() == [("k", "r", "d", 9)]
            kept = dict(connection.execute(text("SELECT id, history FROM orders")).all())
        engine.dispose()
        found = [(step.state.value, to_microseconds(step.at), step.reason) for step in transitions(kept["o1"])]
        assert found == rows
        assert transitions(kept["o2"]) == ()


def test_what_left_before_the_ledgers_clock_counts_for_the_brakes(empty_postgres_url, tmp_path):
    for url in (f"sqlite:///{tmp_path}/old.db", empty_postgres_url):
        engine = create_engine(url)
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), "0004")
            connection.execute(text("INSERT INTO alerts VALUES ('r', 's', '{}', 'd', 1, 'c')"))
            order = "INSERT INTO orders (id, receipt, account, symbol, rule, intent, state, config_digest, updated_at) "
            connection.execute(text(order + "VALUES ('o', 'r', 'main', 'ETHUSDT', 'r', '{}', 'confirmed', 'c', 2)"))
            names = "order_id, attempt, client_order_id, account, symbol, operation, request, signed_at, at"
            send = f"INSERT INTO sends ({names}) "
            of = {"operation": Operation.REVERSE.value, "at": to_microseconds(utc_now())}
            connection.execute(text(send + "VALUES ('o', 1, 'x', 'main', 'ETHUSDT', :operation, '{}', 1, :at)"), of)
        engine.dispose()
        ledger = open_ledger(url)
        ledger.migrate()
        assert ledger.queries.count_reversals(LANE, timedelta(minutes=10)) == 1
        ledger.close()


def test_the_versions_are_those_that_alembic_knows():
    known = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    assert versions() == [script.revision for script in known][::-1]


@pytest.mark.parametrize("there", [False, True])
def test_a_ledger_that_is_new_or_up_to_date_opens_without_alembic(there, tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    if there:
        ledger = open_ledger(url)
        ledger.migrate()
        ledger.close()
    imported = imported_by(f"from executor.ledger import open_ledger; open_ledger({url!r}).migrate()")
    assert "sqlalchemy" in imported
    assert "alembic" not in imported


def test_migrating_twice_changes_nothing(ledger):
    queue(ledger)
    ledger.migrate()
    ledger.check_version()
    assert len(ledger.queries.orders()) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_many_may_migrate_at_once(database, request, tmp_path):
    url = f"sqlite:///{tmp_path}/new.db" if database == "sqlite" else request.getfixturevalue("empty_postgres_url")
    failures = []

    def migrate():
        ledger = open_ledger(url)
        try:
            ledger.migrate()
        except LedgerError as error:
            failures.append(error)
        finally:
            ledger.close()

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    ledger = open_ledger(url)
    ledger.check_version()
    ledger.close()


def test_tables_newer_than_the_code_are_refused(ledger):
    ledger.database.write(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    with pytest.raises(LedgerOutdated, match="at version 9999"):
        ledger.migrate()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "is not a database URL"),
        ("mysql://host/db", "mysql is not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:////nowhere/at/all.db", "its folder /nowhere/at does not exist"),
    ],
)
def test_a_ledger_that_cannot_be_opened_says_why(url, words):
    with pytest.raises(LedgerError, match=words):
        open_ledger(url)


def test_a_ledger_locked_by_another_says_so_and_stores_nothing(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db", limits=DatabaseLimits(lock_seconds=0.05))
    ledger.migrate()
    blocker = create_engine(f"sqlite:///{tmp_path}/ledger.db").connect()
    blocker.exec_driver_sql("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable, match="database is locked"):
        ledger.alerts.record(alert("r1"), [intent()])
    blocker.close()
    blocker.engine.dispose()
    ledger.alerts.record(alert("r1"), [intent()])
    assert [order.intent.lane for order in ledger.queries.orders()] == [LANE]
    ledger.close()
