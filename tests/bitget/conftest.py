"""One exchange object, pointed at whatever server a test runs."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from executor.bitget.exchange import BitgetExchange
from executor.core.contract import Market
from executor.core.reversal import Operation, Request
from tests.bitget.servers import Received

MARKET = Market("ETHUSDT", "USDT-FUTURES", "USDT")
KEY, SECRET, PASSPHRASE = "the-api-key", "the-api-secret", "the-passphrase"
REVERSAL = Request(
    Operation.REVERSE,
    {
        "symbol": "ETHUSDT",
        "productType": "USDT-FUTURES",
        "marginCoin": "USDT",
        "size": "10",
        "side": "buy",
        "tradeSide": "open",
    },
)
CLOSE = Request(Operation.CLOSE, {"symbol": "ETHUSDT", "productType": "USDT-FUTURES", "holdSide": "long"})

Connect = Callable[..., BitgetExchange]


def signature_of(received: Received) -> str:
    """By the exchange's own words, over the bytes that arrived."""
    text = f"{received.headers['access-timestamp']}{received.method}{received.target}".encode() + received.body
    return base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens exchanges with short timeouts and closes them afterwards."""
    opened: list[BitgetExchange] = []

    def make(url: str, **settings: Any) -> BitgetExchange:
        settings = {"connect_timeout_seconds": 0.5, "read_timeout_seconds": 0.5} | settings
        exchange = BitgetExchange("main", key=KEY, secret=SECRET, passphrase=PASSPHRASE, base_url=url, **settings)
        opened.append(exchange)
        return exchange

    yield make
    for exchange in opened:
        exchange.close()
