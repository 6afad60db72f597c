"""All processes together stay within what the exchange allows one account, and none is slower for it."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from executor.simulator import parse_fault
from tests.faults.trading import Trading


@pytest.fixture
def trading(tmp_path, url):
    """On either database."""
    trading = Trading(tmp_path, url)
    yield trading
    trading.close()


@pytest.fixture
def on_sqlite(tmp_path):
    trading = Trading(tmp_path, f"sqlite:///{tmp_path}/ledger.db")
    yield trading
    trading.close()


def test_many_processes_read_no_more_than_one(on_sqlite):
    runners = [on_sqlite.run() for _ in range(6)]
    on_sqlite.wait_for(lambda: all(map(on_sqlite.knows, runners)))
    since = time.monotonic()
    on_sqlite.wait_for(lambda: len(on_sqlite.moments("all-position", since)) >= 8)
    assert all(map(on_sqlite.knows, runners))
    reads = on_sqlite.moments("all-position")
    assert len(reads) <= 4 * (reads[-1] - reads[0]) + 5
    assert not on_sqlite.refused


def test_processes_that_start_together_do_not_ask_at_once(on_sqlite):
    with ThreadPoolExecutor(8) as starting:
        for _ in range(8):
            starting.submit(on_sqlite.run)
    on_sqlite.wait_for(lambda: len(on_sqlite.moments("account")) >= 3 * 8)
    assert not on_sqlite.refused


def test_a_process_that_does_not_watch_decides_without_asking(trading):
    first, second = trading.run(), trading.run()
    trading.wait_for(lambda: trading.knows(first) and trading.knows(second))
    assert trading.owner() == first.node.name
    before = time.monotonic()
    receipt = trading.signal(second, "short")
    assert second.wait(receipt, 10)
    assert second.ledger.queries.receipt(receipt).orders[0].state.value == "confirmed"
    assert not trading.moments("single-position", before)
    assert not trading.refused


def test_the_watch_moves_on_when_its_process_is_killed(trading):
    if trading.ledger_url.startswith("sqlite"):
        node = trading.node(2)
        owner = trading.wait_for(trading.owner)
        pid = int(owner.split("-")[-2])
        assert pid in node.workers()
        os.kill(pid, signal.SIGKILL)
    else:
        node, _ = trading.node(1), trading.node(1)
        owner = trading.owner()
        node.kill()
    new = trading.wait_for(lambda: trading.owner() if trading.owner() != owner else None)
    since = time.monotonic()
    trading.wait_for(lambda: len(trading.moments("all-position", since)) >= 3)
    assert new != owner
    assert not trading.refused


def test_a_429_pauses_the_watch(on_sqlite):
    runner = on_sqlite.run()
    on_sqlite.wait_for(lambda: on_sqlite.knows(runner))
    on_sqlite.exchange.faults.add(parse_fault("all-position:429:1"))
    on_sqlite.wait_for(lambda: not on_sqlite.exchange.faults.to_json())
    refused = on_sqlite.moments("all-position")[-1]
    on_sqlite.wait_for(lambda: on_sqlite.moments("all-position", refused))
    assert on_sqlite.moments("all-position", refused)[0] - refused > 0.95
    on_sqlite.wait_for(lambda: on_sqlite.knows(runner))


HUNG = [f"SYM{number}USDT" for number in range(60)]


@pytest.fixture
def unlimited(tmp_path):
    """An exchange that takes any number of orders."""
    trading = Trading(tmp_path, f"sqlite:///{tmp_path}/ledger.db", rate_limit=1000, symbols=HUNG)
    yield trading
    trading.close(drain_seconds=10)


def test_sixty_answers_that_hang_hold_up_no_other_order(unlimited):
    runner = unlimited.run()
    unlimited.wait_for(lambda: unlimited.knows(runner))
    unlimited.exchange.faults.add(parse_fault("click-backhand:delay:60:ms=4000"))
    for symbol in HUNG:
        unlimited.signal(runner, "short", symbol)
    orders = unlimited.exchange.journal
    unlimited.wait_for(lambda: len(orders) == len(HUNG))
    assert not any(entry["executed"] for entry in orders)
    unlimited.signal(runner, "short")
    unlimited.wait_for(lambda: len(orders) > len(HUNG))
    assert not any(entry["executed"] for entry in list(orders)[: len(HUNG)])
