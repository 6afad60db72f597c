"""A long history slows nothing on an alert's way: every statement there finds its rows by an index."""

import pytest
from sqlalchemy import Engine, event

from executor.core.order import State
from executor.ledger import Answered, OrderEnd, open_ledger
from executor.ledger import statements as hot_statements
from executor.ledger.statements import execute
from tests.builders import LANE, LEASE, NOW, SHORT, alert, due, intent, mark_sent, queue


@pytest.fixture
def statements(monkeypatch):
    """Every statement run while the test lasts, with its parameters: SQLAlchemy's and those that go past it."""
    found = {}

    def keep(sql, parameters):
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            found[sql] = parameters

    def passed_on(connection, sql, parameters):
        keep(sql, parameters)
        return execute(connection, sql, parameters)

    def executed(connection, cursor, sql, parameters, context, many):
        keep(sql, parameters)

    monkeypatch.setattr(hot_statements, "execute", passed_on)
    event.listen(Engine, "before_cursor_execute", executed)
    yield found
    event.remove(Engine, "before_cursor_execute", executed)


def plan(connection, sql, parameters):
    if connection.dialect.name == "sqlite":
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # small tables would be scanned although there is one
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {sql}", parameters)]


def test_no_statement_on_an_alerts_way_looks_through_finished_orders(ledger, statements):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    mark_sent(ledger, claim, order)
    ledger.orders.mark_accepted(claim, order, Answered(NOW, "e1"))
    ledger.orders.settle(claim, order, OrderEnd(State.CONFIRMED, NOW, "", position_after=SHORT))
    ledger.queries.unfinished_orders(claim.lane)
    ledger.queries.count_reversals(LANE, LEASE)
    ledger.lanes.release(claim)
    queue(ledger, "r2", symbol="BTCUSDT")
    assert due(ledger)
    seen = dict(statements)
    assert len(seen) > 10
    for sql, parameters in seen.items():
        for step in ledger.database.read(lambda connection, sql=sql, given=parameters: plan(connection, sql, given)):
            grows = any(table in step for table in ("orders", "sends", "alerts", "dedupe"))
            scans = step.startswith("SCAN") or "Seq Scan" in step
            assert not (grows and scans) or "INDEX unfinished" in step, f"{step}\n{sql}"


def test_an_alert_takes_no_more_steps_however_many_there_have_been(tmp_path):
    """Of SQLite's own machine: what it does for foreign keys stands in no query plan."""
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    raw, taken = ledger.database.writer._connection.connection.dbapi_connection, []

    def steps(receipt):
        taken.clear()
        raw.set_progress_handler(lambda: taken.append(1) and 0, 1)
        ledger.alerts.record(alert(receipt), [intent()])
        raw.set_progress_handler(None, 1)
        return len(taken)

    steps("r0")  # which makes the lane
    few = steps("r1")
    for number in range(2, 500):
        ledger.alerts.record(alert(f"r{number}"), [intent(symbol=f"S{number}")])
    assert steps("r500") == few > 0
    ledger.close()
