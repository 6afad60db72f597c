"""Clocks that jump or differ: nothing runs twice, too late or too early for it, and no verdict waits for it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from executor.core.order import State
from executor.ledger import HaltScope
from executor.times import utc_now
from executor.web.operator.overview import Verdict, view_of
from tests.clock import FILE, SteppedClock, step_process
from tests.desk import SECRET, config_text
from tests.soak.node import Node


class Scene:
    """A desk whose wall clock can be stepped; on PostgreSQL, a second process on a machine with another clock."""

    def __init__(self, make_desk, url, **terms):
        self.clock, self.elsewhere = SteppedClock(), SteppedClock()
        self.desk = make_desk(ledger=url, now=self.clock, **terms)
        self.runner = self.desk.run()
        self.other = self.desk.run(now=self.elsewhere)

    def partial(self, runner=None):
        """One and the same alert, whenever it is sent: turn 3 of the long leg."""
        return self.desk.signal("short", runner, size="3", n="the same")

    def unreadable(self):
        """Until the faults are cleared no process knows a position."""
        self.desk.fault("all-position:status")
        self.desk.fault("single-position:status")
        account, market = self.runner.accounts.get("main"), self.runner.accounts.market("ETHUSDT")
        self.desk.wait_for(lambda: not account.knows(market, 0))

    def sent(self, target, seconds, **fields):
        """The receipt of a signal whose sender's clock says that it was sent that many seconds from now."""
        at = utc_now() + timedelta(seconds=seconds)
        return self.desk.signal(target, at=at.isoformat(), **fields)

    def accepted(self, receipt):
        """Wait until the ledger holds the acceptance, which is not written at once."""
        self.desk.wait_for(lambda: self.desk.order(receipt).state is State.ACCEPTED)

    def waiting(self, seconds):
        """The receipt of an order that waits for a position, and is too old after that many seconds."""
        self.unreadable()
        at = self.clock() - timedelta(seconds=60 - seconds)
        receipt = self.desk.signal("short", at=at.isoformat())
        self.desk.wait_for(lambda: "could not read" in self.desk.order(receipt).reason)
        return receipt


@pytest.fixture
def play(make_desk, url):
    return lambda **terms: Scene(make_desk, url, **terms)


@pytest.fixture
def scene(play):
    return play()


@pytest.mark.parametrize("step", [120, -120])
def test_a_step_lets_no_repeat_run(scene, step):
    first = scene.partial()
    assert scene.desk.end(first).state is State.CONFIRMED
    scene.clock.step(seconds=step)
    assert scene.partial() == first
    assert len(scene.desk.executed()) == 1


class SteppedNode(Node):
    """A node on `exchange`, whose clock the file `off` steps."""

    off: Path
    exchange: Any


@pytest.fixture
def node(make_desk, tmp_path):
    """A server of two processes on a desk's exchange, whose clock is off by what the file says."""
    desk, off = make_desk(), tmp_path / "off"
    step_process(off, 0)
    desk.path.write_text(config_text(tmp_path, desk.simulator.url))
    environ = {"SECRET": SECRET, "EXECUTOR_CONFIG": str(desk.path), "SOAK_SIGNATURE_SECONDS": "1", FILE: str(off)}
    node = SteppedNode(tmp_path, "node", environ, workers=2)
    node.off, node.exchange = off, desk.exchange
    yield node
    node.stop()


def test_a_step_lets_no_repeat_run_in_real_processes(node):
    alert = json.dumps({"secret": SECRET, "symbol": "ETHUSDT", "target": "short", "size": "3"})
    receipts = set()
    for seconds in (0, 120, -120, 3600):
        step_process(node.off, seconds)
        for _ in range(4):  # on new connections, so that both get some
            answer = requests.post(f"{node.url}/hook/tradingview", alert, timeout=10)
            receipts.add(answer.json()["receipt"])
    assert len(receipts) == 1
    assert len([entry for entry in list(node.exchange.journal) if entry["executed"]]) <= 1


@pytest.mark.parametrize("ahead", [120, -120])
def test_nodes_with_two_clocks_know_the_same_repeat(scene, ahead):
    scene.elsewhere.step(seconds=ahead)
    first = scene.partial()
    assert scene.desk.end(first).state is State.CONFIRMED
    assert scene.partial(scene.other) == first
    scene.runner.ledger.alerts.forget_keys()
    scene.other.ledger.alerts.forget_keys()
    assert scene.partial() == first
    assert len(scene.desk.executed()) == 1


def test_a_waiting_order_is_carried_out_in_time_after_a_step_back(scene):
    receipt = scene.waiting(seconds=50)
    scene.clock.step(seconds=-300)
    scene.desk.exchange.faults.clear()
    assert scene.desk.end(receipt).state is State.CONFIRMED


def test_a_waiting_order_is_not_too_old_after_a_step_ahead(scene):
    receipt = scene.waiting(seconds=50)
    scene.clock.step(seconds=300)
    scene.desk.exchange.faults.clear()
    assert scene.desk.end(receipt).state is State.CONFIRMED


def test_a_waiting_order_grows_too_old_in_time_after_a_step_back(scene):
    receipt = scene.waiting(seconds=3)
    scene.clock.step(seconds=-300)
    assert scene.desk.end(receipt).state is State.EXPIRED
    assert scene.desk.executed() == []


def test_an_order_taken_over_by_a_clock_ahead_is_not_too_old(scene):
    scene.elsewhere.step(seconds=300)
    receipt = scene.waiting(seconds=50)
    scene.runner.stop(drain_seconds=0)
    scene.desk.runners.remove(scene.runner)
    scene.desk.exchange.faults.clear()
    assert scene.desk.end(receipt).state is State.CONFIRMED


@pytest.mark.parametrize("step", [300, -300])
def test_a_step_while_accepted_changes_no_verdict(play, step):
    scene = play(verify_for="8s")
    scene.desk.exchange.stale_ms = 3000
    receipt = scene.desk.signal("short")
    scene.accepted(receipt)
    scene.clock.step(seconds=step)
    assert scene.desk.end(receipt).state is State.CONFIRMED


def test_a_verdict_comes_in_time_after_a_step_back(play):
    scene = play(verify_for="2s")
    scene.desk.exchange.stale_ms = 60_000
    receipt = scene.desk.signal("short")
    scene.accepted(receipt)
    scene.clock.step(seconds=-60)
    assert scene.desk.end(receipt).state is State.INCOMPLETE


@pytest.mark.parametrize("step", [-7200, 7200])
def test_a_halt_lasts_as_long_as_it_was_meant_to(scene, step):
    scene.runner.ledger.halts.halt(HaltScope(), "ann", "news", scene.clock(), timedelta(hours=1))
    scene.clock.step(seconds=step)
    (halt,) = scene.runner.ledger.halts.in_force()
    assert timedelta(minutes=50) < halt.left <= timedelta(hours=1)
    assert scene.desk.end(scene.desk.signal("short")).state is State.DENIED
    assert scene.desk.executed() == []


def test_brakes_count_what_left_before_a_step_ahead(play):
    scene = play(brakes=", brakes: {flips: 2, window: 5m, cooldown: 1h}")
    for target in ("short", "long"):
        assert scene.desk.end(scene.desk.signal(target)).state is State.CONFIRMED
    scene.clock.step(minutes=10)
    assert scene.desk.end(scene.desk.signal("short")).state is State.DENIED
    assert len(scene.desk.executed()) == 2


def test_after_a_sender_whose_clock_is_ahead_right_signals_still_run(scene):
    for target, seconds in (("short", 55), ("long", 0), ("short", 30), ("long", 0)):
        assert scene.desk.end(scene.sent(target, seconds)).state is State.CONFIRMED
    assert len(scene.desk.executed()) == 4


def test_and_they_supersede_its_signals_that_wait(scene):
    scene.unreadable()
    ahead = scene.sent("short", 55)
    scene.desk.wait_for(lambda: "could not read" in scene.desk.order(ahead).reason)
    right = scene.sent("long", 0)
    scene.desk.exchange.faults.clear()
    assert scene.desk.end(right).state is State.UNNEEDED
    assert scene.desk.end(ahead).state is State.SUPERSEDED
    assert scene.desk.executed() == []


@pytest.mark.parametrize("step", [-50, 50])
def test_signals_keep_their_order_through_a_step(scene, step):
    assert scene.desk.end(scene.sent("short", -2)).state is State.CONFIRMED
    scene.clock.step(seconds=step)
    assert scene.desk.end(scene.sent("long", -1)).state is State.CONFIRMED
    assert scene.desk.end(scene.sent("short", -9)).state is State.SUPERSEDED, "for it came late"


def test_a_time_from_before_an_untimed_signal_is_older(scene):
    scene.desk.end(scene.desk.signal("short"))
    assert scene.desk.end(scene.sent("long", -9)).state is State.SUPERSEDED
    assert scene.desk.end(scene.sent("long", 0)).state is State.CONFIRMED


@pytest.mark.parametrize("step", [-10, 10])
def test_a_machine_off_the_exchange_is_told_until_it_is_right(scene, step):
    check = scene.runner.clock_check
    assert (check.trouble, view_of(scene.runner).verdict) == (None, Verdict.WELL)
    scene.clock.step(seconds=step)
    trouble = scene.desk.wait_for(lambda: check.trouble)
    assert f"10 s {'ahead of' if step > 0 else 'behind'} the exchange's" in trouble
    view = view_of(scene.runner)
    assert (view.clock, view.verdict) == (trouble, Verdict.TROUBLE)
    assert scene.other.clock_check.trouble is None, "whose machine is right"
    scene.clock.step(seconds=-step)
    scene.desk.wait_for(lambda: check.trouble is None)
