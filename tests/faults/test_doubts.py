"""A doubt that lasts says why, holds up nothing that it need not, and can be ended by hand."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from structlog.testing import capture_logs

from executor.core.order import State

REASONS = [
    ("orders-history:code=40014", "40014"),
    ("orders-pending:code=40014", "40014"),
    ("orders-pending:odd-row", "is None instead of"),
    ("*:code=40037", "40037"),
]


def rest(world, count):
    """A grid bot's resting orders."""
    wanted = {"account": "main", "symbol": "ETHUSDT", "count": count}
    requests.post(f"{world.simulator.url}/simulator/pending", json=wanted, timeout=5).raise_for_status()


def lasting(world, fault="orders-history:code=40014", **fields):
    """The receipt of an order that stays in doubt, and says so."""
    world.fault("click-backhand:drop-request:1")
    receipt = world.signal("short", **fields)
    world.wait_for(lambda: world.order(receipt).state is State.IN_DOUBT)
    world.fault(fault)
    return receipt


@pytest.mark.parametrize(("fault", "words"), REASONS)
def test_a_doubt_that_lasts_says_why(world, fault, words):
    receipt = lasting(world, fault)
    order = world.wait_for(lambda: words in (order := world.order(receipt)).awaits and order)
    assert order.state is State.IN_DOUBT
    world.exchange.faults.clear()
    assert world.end(receipt).state is State.CONFIRMED


def test_a_doubt_is_told_once_and_rarely_again(world):
    with capture_logs() as logs:
        receipt = lasting(world)
        world.wait_for(lambda: "40014" in world.order(receipt).awaits)
        world.wait_for(lambda: [log for log in logs if log["event"] == "order still in_doubt"])
        for _ in range(3):
            world.runner.wait(receipt, 1)
    told = [log for log in logs if log["event"] == "order still in_doubt"]
    assert len(told) <= 2, told
    assert all(log["awaits"] for log in told)


def test_resting_orders_of_a_grid_hide_nothing(world):
    rest(world, 250)
    world.fault("click-backhand:drop-request:1")
    receipt = world.signal("short")
    assert world.end(receipt).state is State.CONFIRMED
    assert len(world.executed()) == 1


def test_what_waits_behind_a_doubt_expires(world):
    first = lasting(world)
    at = (datetime.now(UTC) - timedelta(seconds=57)).isoformat()
    second = world.signal("long", world.runners[-1], at=at)
    order = world.end(second, seconds=8)
    assert (order.state, world.order(first).state) == (State.EXPIRED, State.IN_DOUBT)


def test_what_waits_behind_a_doubt_is_superseded(world):
    first = lasting(world)
    second = world.signal("long", world.runners[-1])
    third = world.signal("short")
    assert world.end(second, seconds=8).state is State.SUPERSEDED
    assert world.order(third).state is State.QUEUED
    world.exchange.faults.clear()
    assert world.end(third).state is State.CONFIRMED
    assert world.order(first).state is State.SUPERSEDED


def test_a_doubt_is_ended_by_hand_and_its_lane_goes_on(world):
    first = lasting(world)
    second = world.signal("short", world.runners[-1])
    world.wait_for(lambda: "40014" in world.order(first).awaits)
    doubted = world.order(first)

    def ended():
        return world.runner.ledger.orders.end_by_hand(doubted.id, datetime.now(UTC), "ended by ann: seen at Bitget")

    world.wait_for(ended)
    assert world.end(second).state is State.CONFIRMED
    assert world.order(first).state is State.ENDED
    assert len(world.executed()) == 1


def test_an_account_that_has_left_is_named(make_desk):
    desk = make_desk()
    desk.run()
    receipt = lasting(desk)
    desk.runners.pop(0).stop(drain_seconds=0)
    whole = desk.path.read_text()
    desk.path.write_text(whole.replace("  main: {", "  other: {").replace("[main]", "[other]"))
    desk.start()
    awaits = desk.wait_for(lambda: "account" in (words := desk.order(receipt).awaits) and words)
    assert "config.yaml no longer has account main with the key that the order was sent with: put it back" in awaits
    assert desk.order(receipt).may_run_until is not None, "so that a person can end it"
