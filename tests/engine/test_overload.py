"""While many alerts are being taken, lanes give way: for a moment, and not to a few."""

import threading
import time
from contextlib import ExitStack

import pytest

from executor.engine import overload
from executor.engine.overload import OVERLOAD_ALERTS, Overload


@pytest.fixture
def crowd():
    """Begins this number of alerts."""
    with ExitStack() as stack:

        def fill(trial, number):
            for _ in range(number):
                stack.enter_context(trial)

        yield fill


def test_a_few_alerts_hold_no_lane_up(crowd, monkeypatch):
    monkeypatch.setattr(overload, "LONGEST_WAIT_SECONDS", 60)
    trial = Overload()
    crowd(trial, OVERLOAD_ALERTS - 1)
    assert not trial.on
    trial.give_way()


def test_many_do_until_they_are_through(monkeypatch):
    monkeypatch.setattr(overload, "LONGEST_WAIT_SECONDS", 60)
    trial, passed = Overload(), threading.Event()
    lane = threading.Thread(target=lambda: (trial.give_way(), passed.set()))
    with ExitStack() as stack:
        for _ in range(OVERLOAD_ALERTS):
            stack.enter_context(trial)
        lane.start()
        assert not passed.wait(0.05)
    assert passed.wait(10)
    lane.join()


def test_however_long_it_lasts_a_lane_waits_for_a_moment_only(crowd):
    trial = Overload()
    crowd(trial, OVERLOAD_ALERTS)
    started = time.monotonic()
    trial.give_way()
    assert time.monotonic() - started >= overload.LONGEST_WAIT_SECONDS


def test_an_alert_that_is_refused_is_not_counted_for_ever():
    trial = Overload()
    for _ in range(OVERLOAD_ALERTS):
        with pytest.raises(ValueError, match="no"), trial:
            raise ValueError("no")
    assert not trial.on
