"""A name in config.yaml may come to stand for another account; an order in flight stays with the one it went to."""

from contextlib import contextmanager

import pytest
import structlog

from executor.core.order import State
from tests.faults.names import ONE, TWO, Names


@pytest.fixture
def names(url, tmp_path):
    """On either database."""
    with running(tmp_path, url) as desk:
        yield desk


@pytest.fixture
def here(tmp_path):
    """On SQLite, where the database makes no difference."""
    with running(tmp_path, f"sqlite:///{tmp_path}/ledger.db") as desk:
        yield desk


@contextmanager
def running(folder, url):
    desk = Names(folder, url, main=ONE)
    desk.run()
    try:
        yield desk
    finally:
        desk.close()


CHANGES = {
    "a new name": {"second": ONE},
    "another key": {"main": TWO},
    "keys exchanged": {"main": TWO, "second": ONE},
    "another address": {"main": ONE, "url": "http://127.0.0.1:9"},
    "another contract": {"main": ONE, "product_type": "USDC-FUTURES"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_reload_waits_for_orders_in_flight(here, change):
    receipt = here.in_flight("main", "short")
    before = here.runner.config
    with structlog.testing.capture_logs() as logs:
        here.save(**CHANGES[change])
        told = here.wait_for(lambda: here.runner.follower.complaint)
        assert here.runner.config is before
        here.exchange.stale_ms = 0
        assert here.end(receipt).state is State.CONFIRMED
        here.wait_for(lambda: here.runner.config is not before)
    assert receipt in told
    assert "main/ETHUSDT" in told
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["config waits for orders in flight"]
    assert here.runner.follower.complaint is None


def test_a_removed_symbol_waits_for_its_order(here):
    receipt = here.in_flight("main", "short", symbol="BTCUSDT")
    here.save(main=ONE, coin="XRPUSDT")
    assert receipt in here.wait_for(lambda: here.runner.follower.complaint)
    here.exchange.stale_ms = 0
    assert here.end(receipt).state is State.CONFIRMED
    here.wait_for(lambda: "XRPUSDT" in here.runner.config.symbols)


def test_a_reload_waits_for_other_processes_too(names):
    other = names.run()
    receipt = names.in_flight("main", "short", other)
    names.save(second=ONE)
    for runner in names.runners:
        assert receipt in names.wait_for(lambda runner=runner: runner.follower.complaint)
        assert list(runner.config.accounts) == ["main"]
    names.exchange.stale_ms = 0
    assert names.end(receipt).state is State.CONFIRMED
    for runner in names.runners:
        names.wait_for(lambda runner=runner: list(runner.config.accounts) == ["second"])


def test_other_changes_wait_for_nothing(here):
    here.in_flight("main", "short")
    here.save(main=ONE, second=TWO)
    here.wait_for(lambda: "second" in here.runner.config.accounts)
    assert here.runner.follower.complaint is None


def test_a_change_that_waits_can_be_taken_back(here):
    here.in_flight("main", "short")
    text = here.path.read_text()
    here.save(second=ONE)
    here.wait_for(lambda: here.runner.follower.complaint)
    here.path.write_text(text)
    here.wait_for(lambda: here.runner.follower.complaint is None)
    assert list(here.runner.config.accounts) == ["main"]


def test_a_renamed_accounts_hanging_reversal_runs_alone(names):
    """Renamed while the process is down: the next signal's order may not leave while the reversal can still run."""
    names.fault("click-backhand:late:1:ms=900")
    first = names.ask("main", "short")
    names.wait_for(lambda: names.order(first).state is State.IN_DOUBT)
    names.restart(second=ONE)
    second = names.ask("second", "short")
    names.end(first)
    names.end(second)
    assert len(names.executed()) == 1, "the first, or if the machine was too slow for it the second"
    assert names.held(ONE) == {"short": "10"}


def test_a_new_name_waits_for_the_orders_of_the_old(names):
    first = names.in_flight("main", "short")
    names.restart(second=ONE)
    second = names.ask("second", "long")
    waiting = names.wait_for(lambda: names.order(second).reason)
    assert first in waiting
    assert "another name" in waiting
    names.exchange.stale_ms = 0
    assert [names.end(receipt).state for receipt in (first, second)] == [State.CONFIRMED] * 2
    assert len(names.executed()) == 2
    assert names.held(ONE) == {"long": "10"}


def test_a_new_name_sends_for_other_symbols(here):
    here.in_flight("main", "short")
    here.restart(second=ONE)
    here.ask("second", "short", symbol="BTCUSDT")
    here.wait_for(lambda: len(here.executed()) == 2)
    assert here.held(ONE, "BTCUSDT") == {"short": "1"}


def test_exchanged_keys_give_no_evidence(names):
    """The account that goes by the name now holds what was planned; the one that was sent to does not show it yet."""
    receipt = names.in_flight("main", "short")
    again = names.restart(main=TWO, second=ONE)
    assert not again.wait(receipt, 1.5)
    names.exchange.stale_ms = 0
    assert names.end(receipt).state is State.CONFIRMED


def test_without_its_key_an_order_has_no_evidence(here):
    receipt = here.in_flight("main", "short")
    with structlog.testing.capture_logs() as logs:
        again = here.restart(main=TWO)
    told = [line for line in logs if line["event"] == "order in flight under a changed name"]
    assert [line["receipt"] for line in told] == [receipt]
    here.exchange.stale_ms = 0
    assert not again.wait(receipt, 1.5)
    again = here.restart(main=ONE)
    assert here.end(receipt).state is State.CONFIRMED
