"""What an order looks like when it leaves, over real HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from executor.bitget.credentials import UnusableCredentials
from executor.bitget.exchange import BitgetExchange
from executor.core.evidence import SIGNATURE_LIFETIME
from executor.core.reversal import Operation, Request
from tests.bitget.samples import CLOSE, KEY, PASSPHRASE, REVERSAL, Connect, signature_of
from tests.bitget.servers import REQUEST_TIME, Exchange, envelope, http

OPEN = Request(Operation.OPEN, REVERSAL.body | {"orderType": "market", "marginMode": "crossed"})
DONE = http(envelope(data={"orderId": "7", "clientOid": "x1-1"}))
CLOSED = http(envelope(data={"successList": [{"orderId": "7"}], "failureList": []}))


@pytest.mark.parametrize(
    ("request_", "path", "named"),
    [
        (REVERSAL, "/api/v2/mix/order/click-backhand", {"clientOid": "x1-1"}),
        (OPEN, "/api/v2/mix/order/place-order", {"clientOid": "x1-1"}),
        (CLOSE, "/api/v2/mix/order/close-positions", {}),
    ],
)
def test_an_order_arrives_signed_with_exactly_its_fields(
    connect: Connect, request_: Request, path: str, named: dict[str, str]
) -> None:
    with Exchange({"click-backhand": DONE, "place-order": DONE, "close-positions": CLOSED}) as server:
        exchange = connect(server.url)
        signed = exchange.sign(request_, "x1-1")
        exchange.send(signed)
    (received,) = server.received
    assert (received.method, received.target) == ("POST", path)
    assert json.loads(received.body) == request_.body | named
    assert received.body == signed.body
    assert received.headers["access-sign"] == signature_of(received)
    assert received.headers["access-key"] == KEY
    assert received.headers["access-passphrase"] == PASSPHRASE
    assert received.headers["content-type"] == "application/json"
    assert received.headers["locale"] == "en-US"
    assert "paptrading" not in received.headers


@pytest.mark.parametrize("operation", ["click-backhand", "time"])
def test_demo_trading_has_its_header_on_every_request(connect: Connect, operation: str) -> None:
    with Exchange({operation: DONE}) as server:
        exchange = connect(server.url, demo=True)
        exchange.send(exchange.sign(REVERSAL, "x1-1")) if operation == "click-backhand" else exchange.sync_time()
    assert server.received[0].headers["paptrading"] == "1"


def test_signed_at_is_the_timestamp_on_the_exchanges_clock(connect: Connect) -> None:
    with Exchange({"click-backhand": DONE, "time": http(envelope())}) as server:
        exchange = connect(server.url)
        exchange.sync_time()
        signed = exchange.sign(REVERSAL, "x1-1")
        exchange.send(signed)
    timestamp = int(server.received[1].headers["access-timestamp"])
    assert signed.signed_at == datetime.fromtimestamp(timestamp // 1000, UTC).replace(
        microsecond=timestamp % 1000 * 1000
    )
    assert 0 <= timestamp - REQUEST_TIME < 5000
    assert signed.expires_at - signed.signed_at == SIGNATURE_LIFETIME == timedelta(seconds=30)


def test_a_refusal_for_the_clock_corrects_the_clock_for_the_next_signature(connect: Connect) -> None:
    with Exchange({"click-backhand": [http(envelope("40008", "Request timestamp expired"), 400), DONE]}) as server:
        exchange = connect(server.url)
        exchange.send(exchange.sign(REVERSAL, "x1-1"))
        exchange.send(exchange.sign(REVERSAL, "x1-2"))
    first, second = (int(received.headers["access-timestamp"]) for received in server.received)
    assert abs(first - REQUEST_TIME) > 30_000
    assert abs(second - REQUEST_TIME) < 5000


def test_server_time_in_the_data_counts_before_request_time(connect: Connect) -> None:
    told = http(envelope(data={"serverTime": str(REQUEST_TIME + 60_000)}))
    with Exchange({"time": told}) as server:
        now = connect(server.url).sync_time()
    assert timedelta(0) <= now - datetime.fromtimestamp(REQUEST_TIME / 1000 + 60, UTC) < timedelta(seconds=5)


def test_reserve_counts_per_operation_and_takes_the_accounts_own_limit_for_reversals(connect: Connect) -> None:
    exchange = connect("http://127.0.0.1:1", reversals_per_second=1)
    assert not exchange.reserve(Operation.REVERSE, "lane")
    assert timedelta(0) < exchange.reserve(Operation.REVERSE, "lane") <= timedelta(seconds=1.06)
    assert not exchange.reserve(Operation.CLOSE, "lane")
    assert exchange.reserve(Operation.CLOSE, "lane")
    assert not any(exchange.reserve(Operation.OPEN, "lane") for _ in range(10))


@pytest.mark.parametrize("wrong", ["", "two words", "line\n", "tab\t", "naïve"])
@pytest.mark.parametrize("name", ["key", "secret", "passphrase"])
def test_a_credential_that_cannot_be_sent_is_refused_without_being_shown(name: str, wrong: str) -> None:
    credentials: dict[str, Any] = {"key": "k", "secret": "s", "passphrase": "p"} | {name: wrong}
    with pytest.raises(UnusableCredentials, match=f"api_{name}") as caught:
        BitgetExchange("main", **credentials)
    assert not wrong or wrong not in str(caught.value)


def test_after_a_429_that_operation_pauses(connect: Connect) -> None:
    with Exchange({"click-backhand": http(envelope("429", "Too Many Requests"), 429, "Retry-After: 3")}) as server:
        exchange = connect(server.url)
        exchange.send(exchange.sign(REVERSAL, "x1-1"))
        assert not exchange.reserve_at_once(Operation.REVERSE)
        assert exchange.reserve(Operation.REVERSE, "a lane") > timedelta(seconds=2)
        assert exchange.reserve_at_once(Operation.OPEN)
