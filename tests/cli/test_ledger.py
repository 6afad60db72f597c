"""What the ledger's commands tell, and that a halt works when nothing else does."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from executor.core.order import Intent, Lane, OnFlatTarget, State, WhenFlat
from executor.core.position import Position, Target
from executor.core.reversal import Operation
from executor.core.sizing import ALL
from executor.ledger import Answered, Departure, NewAlert, Node, OrderEnd, Send, open_ledger

LONG, SHORT = Position(long=Decimal(10)), Position(short=Decimal(10))
MINUTE = timedelta(minutes=1)
REQUEST = {"symbol": "ETHUSDT", "side": "buy", "tradeSide": "open", "size": "10", "clientOid": "x1-1"}


@pytest.fixture
def ledger(run, tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/executor.db")
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def unneeded(ledger):
    """The receipt of an order that ended with a reason."""
    return recorded(ledger, "01a1fc2f68b60ba49df9e3da", State.UNNEEDED, "already short: [the account] holds short 10")


@pytest.fixture
def confirmed(ledger):
    """The receipt of an order that was sent once."""
    return recorded(ledger, "01a1fc2f67f8a6d731d63eae", State.CONFIRMED, "")


def recorded(ledger, receipt, state, reason):
    now = datetime.now(UTC)
    fields = {"ticker": "ETHUSDT.P", "close": "1834.2", "note": "[red]not markup[/red]", "bar": {"n": "1"}}
    alert = NewAlert(receipt, "tradingview", fields, "digest", now, now, "config", {receipt: MINUTE})
    intent = Intent(
        "main", "ETHUSDT", "trend [1h]", Target.SHORT, ALL, WhenFlat.IGNORE, OnFlatTarget.IGNORE, now + MINUTE, MINUTE
    )
    ledger.alerts.record(alert, [intent])
    (order,) = ledger.queries.receipt(receipt).orders
    ledger.nodes.join(Node("node", "host", 1), MINUTE)
    claim = ledger.lanes.claim(Lane("main", "ETHUSDT"), "node")
    if state is State.CONFIRMED:
        send = Send(1, "x1-1", Operation.REVERSE, REQUEST, now)
        ledger.orders.mark_sent(Departure(claim, send, LONG, SHORT, "reverse all of it"), order.id, now)
        ledger.orders.mark_accepted(claim, order.id, Answered(now, "1000000000000000002"))
    ledger.orders.settle(claim, order.id, OrderEnd(state, now, reason, position_after=SHORT))
    ledger.lanes.release(claim)
    return receipt


def test_orders_lists_the_newest_first_with_their_reasons(run, confirmed, unneeded):
    lines = run("orders").output.splitlines()
    assert re.fullmatch(rf"\d\d-\d\d \d\d:\d\d:\d\d  {unneeded}  main/ETHUSDT → short: unneeded *", lines[1])
    assert " ".join(lines[2].split() + lines[3].split()) == "already short: [the account] holds short 10"
    assert f"{confirmed}  main/ETHUSDT → short: confirmed" in lines[4]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "receipts"),
    [
        ([], 2),
        (["--state", "confirmed"], 1),
        (["--state", "rejected"], 0),
        (["--account", "main", "--symbol", "ETHUSDT"], 2),
        (["--account", "other"], 0),
        (["--symbol", "BTCUSDT"], 0),
        (["--limit", "1"], 1),
    ],
)
def test_orders_lists_what_is_asked_for(run, confirmed, unneeded, words, receipts):
    output = run("orders", *words).output
    assert output.count("main/ETHUSDT") == receipts
    assert (output == "no orders\n") == (receipts == 0)


def test_show_tells_the_whole_story(run, confirmed):
    told = run("show", confirmed).output
    assert max(map(len, told.splitlines())) <= 80
    words = " ".join(told.split())
    for fact in (
        "UTC, from tradingview",
        "note [red]not markup[/red]",
        'bar {"n": "1"}',
        "main/ETHUSDT trend [1h] → short: confirmed",
        "before long 10 decided reverse all of it after short 10",
        "as x1-1: confirmed, order 1000000000000000002",
        'request POST click-backhand {"symbol": "ETHUSDT", "side": "buy"',
    ):
        assert fact in words
    history = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC  (\w+)", told)
    assert history == ["queued", "sent", "accepted", "confirmed"]


def test_show_as_json_is_the_receipt(run, ledger, confirmed):
    assert json.loads(run("show", confirmed, "--json").output) == ledger.queries.receipt(confirmed).to_json()


def test_a_halt_is_listed_before_the_orders(run, ledger):
    run("halt", "--symbol", "ETHUSDT", "--reason", "[news]", "--for", "2h")
    told = " ".join(run("orders").output.split())
    assert re.match(r"halted: every account, ETHUSDT, until \S+ \S+ UTC \(.+: \[news\]\) no orders", told)


def test_a_halt_needs_neither_secrets_nor_good_rules(run, ledger, tmp_path, monkeypatch):
    monkeypatch.delenv("ALERT_SECRET")
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text().replace("{{ ticker }}", "{{ ticker"))
    assert run("check").exit_code == 1
    assert run("halt").exit_code == 0
    assert len(ledger.halts.in_force()) == 1
    assert run("resume").exit_code == 0
    assert ledger.halts.in_force() == ()


@pytest.mark.parametrize("words", [["--account", "mian"], ["--symbol", "ETHUSTD"]])
def test_a_misspelt_halt_is_refused(run, ledger, words):
    result = run("halt", *words)
    assert result.exit_code == 1
    assert f"has no {words[0].removeprefix('--')} '{words[1]}'" in result.stderr
    assert ledger.halts.in_force() == ()


@pytest.mark.parametrize("text", ["soon", "0m", "30", "-5m", "5 m", "1w"])
def test_a_halt_that_would_not_last_is_wrong_usage(run, ledger, text):
    assert run("halt", "--for", text).exit_code == 2


def test_a_halt_ends_after_its_time(run, ledger):
    assert run("halt", "--for", "30m").exit_code == 0
    (halt,) = ledger.halts.in_force()
    assert timedelta(minutes=29) < halt.left <= timedelta(minutes=30)


def test_a_user_without_a_name_halts_as_well(run, ledger, monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert run("halt").exit_code == 0
    assert re.fullmatch(r"uid \d+", ledger.halts.in_force()[0].author)


@pytest.mark.parametrize("words", [["orders"], ["show", "x"], ["senders"], ["halt"], ["resume"]], ids="".join)
def test_where_no_ledger_is_none_is_made_and_nothing_is_said_to_be_done(run, tmp_path, words):
    """A halt from the wrong folder must not look like one."""
    result = run(*words)
    assert result.exit_code == 1
    assert f"there is no ledger at {tmp_path}/executor.db" in result.stderr
    assert not (tmp_path / "executor.db").exists()


def test_a_ledger_without_tables_is_told_as_one_sentence(run, tmp_path):
    (tmp_path / "executor.db").touch()
    result = run("orders")
    assert result.exit_code == 1
    assert "start `executor serve` once" in result.stderr
