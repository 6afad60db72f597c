"""One exchange object, pointed at whatever server a test runs."""

from collections.abc import Iterator
from typing import Any

import pytest

from executor.bitget.exchange import BitgetExchange
from tests.bitget.samples import KEY, PASSPHRASE, SECRET, Connect


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
