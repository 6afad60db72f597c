"""What a reversal needs to know is known before it is needed."""

import pytest

from executor.core.contract import Market
from executor.engine.remembered import Remembered
from executor.engine.venue import WARM_CONNECTIONS
from tests.engine.conftest import Desk

ETH, BTC = (Market(symbol, "USDT-FUTURES", "USDT") for symbol in ("ETHUSDT", "BTCUSDT"))


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_a_reversal_asks_nothing_first(desk):
    desk.run()
    for endpoint in ("single-position", "account", "contracts"):
        desk.fault(f"{endpoint}:status")
    assert desk.end(desk.signal("short")).state.value == "confirmed"


def test_orders_that_leave_together_find_open_connections(desk):
    venue = desk.run().venues.venue("main")
    (pool,) = desk.wait_for(lambda: pools_of(venue.exchange))
    desk.wait_for(lambda: pool.num_connections >= WARM_CONNECTIONS)
    opened = pool.num_connections
    receipts = [desk.signal("short", symbol=symbol) for symbol in ("ETHUSDT", "BTCUSDT")]
    assert {desk.end(receipt).state.value for receipt in receipts} == {"confirmed"}
    assert pool.num_connections == opened, "none was opened for them"


def pools_of(exchange):
    manager = exchange._transport._adapter.poolmanager
    return [manager.pools[key] for key in manager.pools.keys()]  # noqa: SIM118 - urllib3's container is no mapping


def test_the_modes_of_many_symbols_are_read_one_in_a_round(desk):
    venue = desk.run().venues.venue("main")
    desk.wait_for(lambda: not venue._modes.outdated([ETH, BTC]))
    assert venue._modes._asked[ETH] != venue._modes._asked[BTC]


def test_what_is_asked_is_remembered():
    asked = []
    remembered = Remembered(lambda market: asked.append(market) or market.symbol, 60)
    assert [remembered.of(ETH), remembered.of(ETH)] == ["ETHUSDT", "ETHUSDT"]
    assert asked == [ETH]
    assert remembered.outdated([ETH, BTC]) == [BTC]


def test_what_was_not_found_is_not_asked_for_in_every_round_but_by_who_needs_it():
    remembered = Remembered(lambda market: market.symbol, 60)
    remembered.learn([ETH, BTC], {ETH: "all at once"})
    assert remembered.outdated([ETH, BTC]) == []
    assert (remembered.of(ETH), remembered.of(BTC)) == ("all at once", "BTCUSDT")


def test_the_longest_known_is_asked_for_first():
    remembered = Remembered(lambda market: market.symbol, -1)
    for market in (BTC, ETH):
        remembered.of(market)
    assert remembered.outdated([ETH, BTC]) == [BTC, ETH]
