"""Orders that rest, and lists of orders page by page."""

import pytest

from executor.simulator import AccountSettings, Settings, start_simulator
from tests.simulator.client import ETH, Client


def pages(main, endpoint, **query):
    """Every page of a list, as a client that follows endId reads it."""
    found, end_id = [], None
    while True:
        more = {} if end_id is None else {"idLessThan": end_id}
        data = main.get(endpoint, productType="USDT-FUTURES", **query, **more)["data"]
        if not data["entrustedList"]:
            return found
        found.append(data["entrustedList"])
        end_id = data["endId"]


def test_a_grid_bot_fills_pages(main):
    placed = main.control("pending", symbol="ETHUSDT", count=120)
    first, second = pages(main, "orders-pending")
    assert (len(first), len(second)) == (100, 20)
    assert [row["orderId"] for row in first + second] == [row["orderId"] for row in reversed(placed)]
    assert {(row["status"], row["orderSource"], row["orderType"]) for row in first} == {("live", "normal", "limit")}
    assert len({row["clientOid"] for row in first + second}) == 120
    assert main.held() == {"long": "10"}


def test_a_smaller_page_is_asked_for(main):
    main.control("pending", symbol="ETHUSDT", count=7)
    assert [len(page) for page in pages(main, "orders-pending", limit=3)] == [3, 3, 1]
    assert main.get("orders-pending", productType="USDT-FUTURES", limit=101)["code"] == "40017"


def test_history_has_pages(main):
    for long in range(11, 16):
        main.control("position", symbol="ETHUSDT", long=str(long))
    found = pages(main, "orders-history", limit=2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert len({row["orderId"] for page in found for row in page}) == 5


def test_lists_are_filtered(main):
    main.control("pending", symbol="BTCUSDT", count=2)
    mine, other = main.control("pending", symbol="ETHUSDT", count=2)
    assert [row["symbol"] for row in main.listed("orders-pending", symbol="ETHUSDT")] == ["ETHUSDT"] * 2
    assert main.listed("orders-pending", clientOid=mine["clientOid"])[0]["orderId"] == mine["orderId"]
    both = {"orderId": mine["orderId"], "clientOid": other["clientOid"]}
    assert [row["orderId"] for row in main.listed("orders-pending", **both)] == [mine["orderId"]]
    created = int(mine["cTime"])
    assert main.listed("orders-pending", startTime=created + 60_000) == []
    assert main.listed("orders-pending", endTime=created - 60_000) == []
    assert main.listed("orders-pending", status="partially_filled") == []


def test_history_is_filtered_by_source(main):
    main.reverse(clientOid="mine-1")
    main.control("position", symbol="ETHUSDT", long="3")
    assert len(main.listed("orders-history", orderSource="reverse")) == 2
    assert len(main.listed("orders-history", orderSource="market")) == 1


@pytest.mark.parametrize("by_source", [False, True])
def test_whether_pending_is_filtered_by_source_is_a_setting(by_source):
    simulator = start_simulator(Settings(pending_by_source=by_source))
    main = Client(simulator.url)
    main.control("pending", symbol="ETHUSDT", count=3)
    assert len(main.listed("orders-pending", orderSource="reverse")) == (0 if by_source else 3)
    main.session.close()
    simulator.stop()


def test_a_resting_order_may_be_filled_in_part(main):
    (row,) = main.control("pending", symbol="ETHUSDT", count=1, filled="0.004")
    assert (row["state"], row["baseVolume"], row["size"]) == ("partially_filled", "0.004", "0.01")
    assert main.get("detail", **ETH, orderId=row["orderId"])["data"] == row


def test_resting_orders_are_canceled(main):
    main.control("pending", symbol="ETHUSDT", count=2)
    main.control("pending", "DELETE", account="main")
    assert main.listed("orders-pending") == []
    assert {row["status"] for row in main.listed("orders-history")} == {"canceled"}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"symbol": "ETHUSDT", "count": 5001}, "count: 5001 is not a number from 0 to 5000"),
        ({"symbol": "ETHUSDT", "filled": "0.01"}, "filled: 0.01 is not below the size of each order, 0.01"),
        ({"symbol": "NOSUCH"}, "NOSUCH does not exist"),
    ],
)
def test_impossible_orders_are_refused(main, body, complaint):
    assert complaint in main.control("pending", **body)["error"]


def test_another_symbol_s_order_is_not_found(main):
    main.reverse(clientOid="mine-1")
    assert main.get("detail", **ETH | {"symbol": "BTCUSDT"}, clientOid="mine-1")["code"] == "40109"


def test_lists_need_a_product_type(main):
    assert main.get("orders-pending")["code"] == "40017"


def test_accounts_do_not_share_orders():
    simulator = start_simulator(Settings(accounts=(AccountSettings("a"), AccountSettings("b"))))
    first, second = Client(simulator.url, "a"), Client(simulator.url, "b")
    first.control("pending", account="a", symbol="ETHUSDT", count=1)
    assert (len(first.listed("orders-pending")), len(second.listed("orders-pending"))) == (1, 0)
    for client in (first, second):
        client.session.close()
    simulator.stop()
