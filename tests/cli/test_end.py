"""executor end: a person ends a doubt that no evidence ends."""

from datetime import UTC, datetime, timedelta

import pytest

from executor.core.order import Intent, Lane, OnFlatTarget, State, WhenFlat
from executor.core.position import Position, Target
from executor.core.reversal import Operation
from executor.core.sizing import ALL
from executor.ledger import Departure, Doubt, NewAlert, Node, Send, open_ledger

RECEIPT = "01a1fc2f68b60ba49df9e3da"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(run, tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/executor.db")
    ledger.migrate()
    yield ledger
    ledger.close()


def doubted(ledger, may_run):
    """An order in doubt that may run for so long."""
    now = datetime.now(UTC)
    alert = NewAlert(RECEIPT, "tradingview", {}, "digest", now, now, "config", {RECEIPT: MINUTE})
    terms = (Target.SHORT, ALL, WhenFlat.IGNORE, OnFlatTarget.IGNORE, now + MINUTE, MINUTE)
    ledger.alerts.record(alert, [Intent("main", "ETHUSDT", "trend", *terms)])
    ledger.nodes.join(Node("node", "host", 1), MINUTE)
    claim = ledger.lanes.claim(Lane("main", "ETHUSDT"), "node")
    send = Send(1, "x1-1", Operation.REVERSE, {}, now)
    ledger.orders.mark_sent(Departure(claim, send, Position(), Position(), "reverse"), claim.orders[0].id, now)
    ledger.orders.mark_in_doubt(claim, claim.orders[0].id, now, Doubt("no answer", False, may_run))


def test_a_doubt_is_ended_with_author_and_reason(run, ledger):
    doubted(ledger, -MINUTE)
    done = run("end", RECEIPT, "--reason", "Bitget shows no such order")
    assert (done.exit_code, done.output) == (0, "ended: main/ETHUSDT → short\n")
    (order,) = ledger.queries.receipt(RECEIPT).orders
    assert order.state is State.ENDED
    assert order.reason.startswith("ended by ")
    assert "Bitget shows no such order. It was in doubt: no answer" in order.reason
    assert "ended by" in run("show", RECEIPT).output


def test_a_request_that_may_run_is_not_ended(run, ledger):
    doubted(ledger, MINUTE)
    done = run("end", RECEIPT, "--reason", "impatience")
    assert done.exit_code == 1
    assert "its request may still run until 20" in done.output
    assert ledger.queries.receipt(RECEIPT).orders[0].state is State.IN_DOUBT
    assert "it may still run until" in " ".join(run("show", RECEIPT).output.split())


def test_what_is_not_in_doubt_is_not_ended(run, ledger):
    doubted(ledger, -MINUTE)
    run("end", RECEIPT, "--reason", "once")
    done = run("end", RECEIPT, "--reason", "twice")
    assert done.exit_code == 1
    assert "it is ended, and only an order in doubt is ended by hand" in " ".join(done.output.split())


def test_an_unknown_receipt_is_said(run, ledger):
    done = run("end", "nothing", "--reason", "typing")
    assert (done.exit_code, "knows no receipt 'nothing'" in done.output) == (1, True)


def test_a_reason_is_wanted(run, ledger):
    assert run("end", RECEIPT).exit_code == 2
