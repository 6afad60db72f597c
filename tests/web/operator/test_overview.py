"""The overview, as the operator sees it."""

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest

from executor.core.order import Lane, State
from executor.core.position import Position
from executor.core.reversal import Operation
from executor.ledger import Answered, Departure, Doubt, HaltScope, NewAlert, Node, OrderEnd, Send, open_ledger
from tests.builders import intent
from tests.web.operator.visiting import Overseen, Visitor

LANE = Lane("net", "BTCUSDT")
LONG, SHORT = Position(long=Decimal(1)), Position(short=Decimal(1))


def words(page):
    """What is to be read on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text.partition("</head>")[2])).split())


@pytest.fixture
def served(tmp_path):
    served = Overseen(tmp_path, "")
    yield served
    served.stop()


@pytest.fixture
def here(served):
    return Visitor(served, None)


@pytest.fixture
def ledger(served):
    ledger = open_ledger(f"sqlite:///{served.folder}/ledger.db")
    yield ledger
    ledger.close()


def plant(ledger, state, plan):
    """An order of LANE, sent by another process that has come so far and lives on."""
    now = datetime.now(UTC)
    ledger.nodes.join(Node("elsewhere", "host", 1), timedelta(minutes=5))
    ledger.alerts.record(
        NewAlert("planted", "tradingview", {"note": "<b>bold</b>"}, "d", now, now, "c", {"k": timedelta(0)}),
        [intent(LANE.symbol, "short", account=LANE.account)],
    )
    claim = ledger.lanes.claim(LANE, "elsewhere")
    (order,) = claim.orders
    send = Send(1, "x1", Operation.REVERSE, {"symbol": LANE.symbol}, now)
    ledger.orders.mark_sent(Departure(claim, send, LONG, plan, "reverse"), order.id, now)
    if state is State.IN_DOUBT:
        ledger.orders.mark_in_doubt(claim, order.id, now, Doubt("no answer <in time>", False, timedelta(seconds=35)))
        return
    ledger.orders.mark_accepted(claim, order.id, Answered(now, "e1"))
    ledger.orders.settle(claim, order.id, OrderEnd(state, now, "closed and not reopened", position_after=Position()))


def test_a_quiet_day_is_told_in_a_line(served, here):
    served.post(served.alert("short"), wait=10)
    told = words(here.get("/"))
    assert "All is well Nothing is halted. No order is on the way." in told
    assert "ETHUSDT main short 10 short confirmed" in told, "what the lane holds, and its last order"
    assert "BTCUSDT swapped long 1 no order lately" in told
    assert "main simulator hedge readable" in told


def test_a_repetition_with_another_body_is_shown(here, ledger):
    now = datetime.now(UTC)
    for receipt, digest in (("1" * 24, "d1"), ("2" * 24, "d2")):
        keys = {"tradingview:rule:trend:id:Long": timedelta(minutes=1)}
        known_by = NewAlert(receipt, "tradingview", {}, digest, now, ledger.now(), "c", keys)
        ledger.alerts.record(known_by, [intent("ETHUSDT", "long", account="swapped")])
    told = words(here.get("/"))
    assert "Alerts of tradingview came under the id of an earlier one and said something else: 1, the last" in told
    receipt = here.get(f"/receipts/{'1' * 24}")
    assert "Other alerts came under its id with other bodies: 1, the last at" in words(receipt)
    told = here.get(f"/receipts/{'1' * 24}", Accept="application/json").json()
    assert told["repeated_with_another_body"]["times"] == 1


def test_a_refused_order_is_shown_with_its_reason(served, here):
    served.post(served.alert("short", "swapped"), wait=10)
    assert "short denied account swapped is in hedge mode at the exchange, but config.yaml" in words(here.get("/"))


def test_an_order_in_doubt_is_loud(here, ledger):
    plant(ledger, State.IN_DOUBT, plan=SHORT)
    page = here.get("/")
    assert "Look at this" in words(page)
    assert "In doubt: net/BTCUSDT → short no answer <in time>" in words(page)
    assert "The request may still run until" in words(page)
    assert "<in time>" not in page.text


def test_an_incomplete_order_is_loud_until_the_account_holds_what_was_planned(here, ledger):
    plant(ledger, State.INCOMPLETE, plan=SHORT)
    told = words(here.get("/"))
    assert "Look at this" in told
    assert "Incomplete: net/BTCUSDT → short closed and not reopened" in told
    assert "planned: short 1, found: flat" in told


def test_an_incomplete_order_that_was_put_right_by_hand_is_silent(here, ledger):
    plant(ledger, State.INCOMPLETE, plan=LONG)
    told = words(here.get("/"))
    assert "Incomplete:" not in told
    assert "All is well" in told


def test_the_brakes_and_other_halts_are_shown_with_who_why_and_for_how_long(here, ledger):
    now = datetime.now(UTC)
    ledger.halts.halt(HaltScope("main", "ETHUSDT"), "brakes", "7 flips", now, timedelta(minutes=30, seconds=30))
    ledger.halts.halt(HaltScope(None, "BTCUSDT"), "ann", "FOMC <tonight>", now)
    told = words(here.get("/"))
    assert "Halted: main, ETHUSDT and 1 more." in told
    assert re.search(r"main, ETHUSDT 7 flips brakes, \d s ago, 30 min left", told)
    assert re.search(r"every account, BTCUSDT FOMC <tonight> ann, \d s ago, until resumed", told)
    assert "ETHUSDT main halted" in told
    assert "BTCUSDT net halted" in told
    assert "ETHUSDT net halted" not in told


def test_an_account_that_cannot_be_read_is_loud_and_its_positions_are_unknown_not_flat(served, here):
    served.simulator.stop()
    served.wait_for(lambda: "ETHUSDT main unknown" in words(here.get("/")), 30)
    told = words(here.get("/"))
    assert "Look at this" in told
    assert "Account main cannot be read" in told
    assert "flat" not in told


def test_a_config_that_was_not_taken_up_is_loud(served, here):
    good = served.config.read_text()
    served.config.write_text(good.replace("max_age: 60s", "max_age: soon"))
    served.wait_for(lambda: "config.yaml was rejected" in words(here.get("/")))
    assert "is not a duration" in words(here.get("/"))


def test_a_page_that_reloads_itself_asks_for_it_and_keeps_the_switch(here):
    assert 'http-equiv="refresh"' not in here.get("/").text
    page = here.get("/?auto")
    assert '<meta http-equiv="refresh" content="10">' in page.text
    assert "Halt everything" in page.text


def test_a_ledger_that_cannot_be_read_is_said_in_words(served, here):
    with sqlite3.connect(served.folder / "ledger.db") as connection:
        connection.execute("ALTER TABLE halts RENAME TO gone")
    connection.close()
    page = here.get("/")
    assert page.status_code == 503
    assert "That did not work the ledger could not be used: no such table: halts" in words(page)
