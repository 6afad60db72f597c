"""Three product types: what each trades, and in which coin."""

from decimal import Decimal

import pytest

from executor.simulator import AccountSettings, Settings, start_simulator
from executor.simulator.contracts import Contract
from tests.simulator.client import Client

HELD = {("ETHUSDT", "long"): Decimal(10), ("BTCPERP", "short"): Decimal(2), ("BTCUSD", "long"): Decimal(3)}
PRODUCTS = [
    ("USDT-FUTURES", "ETHUSDT", "USDT"),
    ("USDC-FUTURES", "BTCPERP", "USDC"),
    ("COIN-FUTURES", "BTCUSD", "BTC"),
]


@pytest.fixture
def client():
    declared = Contract.declared("DOGEUSD", "COIN-FUTURES", "DOGE")
    simulator = start_simulator(Settings(accounts=(AccountSettings("main", positions=HELD),), contracts=(declared,)))
    client = Client(simulator.url)
    yield client
    client.session.close()
    simulator.stop()


@pytest.mark.parametrize(("product", "symbol", "coin"), PRODUCTS)
def test_all_position_has_one_product_type(client, product, symbol, coin):
    (row,) = client.get("all-position", productType=product)["data"]
    assert (row["symbol"], row["marginCoin"]) == (symbol, coin)
    assert client.get("all-position", productType=product, marginCoin="XRP")["data"] == []


@pytest.mark.parametrize(("product", "symbol", "coin"), PRODUCTS)
def test_contracts_have_their_coin(client, product, symbol, coin):
    rows = {row["symbol"]: row for row in client.get("contracts", productType=product)["data"]}
    assert rows[symbol]["supportMarginCoins"] == [coin]
    assert not rows.keys() & {other for _, other, _ in PRODUCTS if other != symbol}


@pytest.mark.parametrize(("product", "symbol", "coin"), PRODUCTS)
def test_every_product_type_is_turned(client, product, symbol, coin):
    market = {"symbol": symbol, "productType": product, "marginCoin": coin}
    (row,) = client.get("single-position", **market)["data"]
    side = {"long": "buy", "short": "sell"}[row["holdSide"]]
    ask = market | {"side": side, "tradeSide": "open", "size": row["total"], "clientOid": "mine-1"}
    assert client.post("click-backhand", **ask)["code"] == "00000"
    (after,) = client.get("single-position", **market)["data"]
    assert (after["holdSide"] != row["holdSide"], after["total"]) == (True, row["total"])
    assert client.get("detail", **market, clientOid="mine-1")["data"]["marginCoin"] == coin
    assert len(client.get("orders-history", productType=product)["data"]["entrustedList"]) == 2
    assert client.get("account", **market)["data"]["marginCoin"] == coin


@pytest.mark.parametrize(
    "wrong",
    [{"productType": "USDC-FUTURES"}, {"marginCoin": "USDC"}, {"symbol": "NOSUCH"}],
    ids=lambda wrong: str(wrong),
)
def test_a_symbol_has_one_product_type_and_coin(client, wrong):
    ask = {"symbol": "ETHUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT", "side": "buy", "tradeSide": "open"}
    assert client.post("click-backhand", **ask | {"size": "1"} | wrong)["code"] == "40034"


def test_a_declared_symbol_is_traded(client):
    market = {"symbol": "DOGEUSD", "productType": "COIN-FUTURES", "marginCoin": "DOGE"}
    ask = market | {"side": "buy", "tradeSide": "open", "orderType": "market", "size": "5"}
    assert client.post("place-order", **ask)["code"] == "00000"
    (row,) = client.get("single-position", **market)["data"]
    assert (row["total"], row["marginCoin"]) == ("5", "DOGE")
    (contract,) = client.get("contracts", symbol="DOGEUSD", productType="COIN-FUTURES")["data"]
    assert (contract["baseCoin"], contract["quoteCoin"]) == ("DOGE", "USD")


def test_margin_is_counted_in_its_coin(client):
    client.control("account", balance="1")
    market = {"symbol": "BTCUSD", "productType": "COIN-FUTURES", "marginCoin": "BTC"}
    ask = market | {"side": "sell", "tradeSide": "open", "orderType": "market"}
    assert client.post("place-order", **ask, size="8")["code"] == "40762"
    assert client.post("place-order", **ask, size="7")["code"] == "00000"
