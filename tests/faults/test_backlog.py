"""What waits on one lane, or for one account, keeps out no other's alerts."""

import pytest

from executor.core.order import State
from executor.engine import backlog
from executor.engine.backlog import TooMuchToDo
from tests.desk import Desk


@pytest.fixture
def desk(url, tmp_path, monkeypatch):
    """Nothing can be read of the exchange, and so nothing ends; a lane takes three orders and an account five."""
    monkeypatch.setattr(backlog, "MOST_OF_LANE", 3)
    monkeypatch.setattr(backlog, "MOST_OF_ACCOUNT", 5)
    desk = Desk(tmp_path, ledger=url)
    desk.run()
    desk.exchange.stale_ms = 60_000
    yield desk
    desk.close()


def fill(desk, number, symbol="ETHUSDT", runner=None):
    """Steps of their own, which do not supersede each other."""
    return [desk.signal("short", runner, symbol, size="0.01") for _ in range(number)]


def test_a_full_lane_says_so_and_keeps_no_other_out(desk):
    fill(desk, 3)
    with pytest.raises(TooMuchToDo, match="lane main/ETHUSDT has 3 unfinished orders"):
        fill(desk, 1)
    fill(desk, 1, "BTCUSDT")
    desk.signal("short", account="net")


def test_a_full_account_says_so_and_keeps_no_other_out(desk):
    fill(desk, 3)
    fill(desk, 2, "BTCUSDT")
    with pytest.raises(TooMuchToDo, match="account main has 5 unfinished orders"):
        fill(desk, 1, "BTCUSDT")
    desk.signal("short", account="net")


def test_a_known_alert_is_answered_by_a_full_lane(desk):
    first = desk.signal("short", size="0.01", n="the same")
    fill(desk, 2)
    assert desk.signal("short", size="0.01", n="the same") == first


def test_what_ends_makes_room(desk):
    receipts = fill(desk, 3)
    desk.exchange.stale_ms = 0
    assert {desk.end(receipt).state for receipt in receipts} == {State.CONFIRMED}
    fill(desk, 3)


def test_other_processes_know_of_a_full_lane(desk):
    other = desk.run()
    fill(desk, 3)
    desk.wait_for(lambda: other.readiness.full())
    with pytest.raises(TooMuchToDo, match="lane main/ETHUSDT"):
        fill(desk, 1, runner=other)
    fill(desk, 1, "BTCUSDT", other)
