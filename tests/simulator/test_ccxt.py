"""A third party's Bitget client reads and trades on the simulator: ccxt's, pointed at it."""

from decimal import Decimal

import ccxt
import pytest

from executor.simulator import AccountSettings, Settings, start_simulator

ETH = "ETH/USDT:USDT"


@pytest.fixture
def simulator():
    held = {("ETHUSDT", "long"): Decimal(10)}
    accounts = (AccountSettings("hedge", positions=held), AccountSettings("net", mode="one_way_mode", positions=held))
    running = start_simulator(Settings(accounts=accounts))
    yield running
    running.stop()


@pytest.fixture
def client(simulator):
    """A function from an account's name to a ccxt client for it."""
    clients = []

    def make(account):
        client = ccxt.bitget(
            {
                "apiKey": account,
                "secret": "simulator",
                "password": "simulator",
                "options": {"defaultType": "swap"},
                "enableRateLimit": False,
            }
        )
        client.urls["api"] = dict.fromkeys(client.urls["api"], simulator.url)
        client.session.trust_env = False
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.session.close()


def test_it_reads_time_and_contracts(client):
    hedge = client("hedge")
    assert abs(hedge.fetch_time() - hedge.milliseconds()) < 10_000
    market = hedge.load_markets()[ETH]
    assert market["precision"]["amount"] == 0.01
    assert market["swap"]


def test_it_reads_balance_and_positions(client):
    hedge = client("hedge")
    assert hedge.fetch_balance()["USDT"]["total"] == 10_000_000
    (position,) = hedge.fetch_positions([ETH])
    assert (position["side"], position["contracts"], position["hedged"]) == ("long", 10, True)


@pytest.mark.parametrize(
    ("account", "hedged", "held"),
    [("hedge", True, {"long": "10", "short": "2"}), ("net", False, {"long": "8"})],
)
def test_it_places_a_market_order_and_reads_it_back(client, simulator, account, hedged, held):
    mine = client(account)
    placed = mine.create_order(ETH, "market", "sell", 2, params={"hedged": hedged, "clientOid": "mine-1"})
    assert simulator.exchange.accounts[account].sizes("ETHUSDT") == held
    order = mine.fetch_order(placed["id"], ETH)
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 2, "mine-1")
    assert [found["id"] for found in mine.fetch_closed_orders(ETH)] == [placed["id"]]
    assert mine.fetch_open_orders(ETH) == []
    (trade,) = mine.fetch_my_trades(ETH)
    assert trade["amount"] == 2
