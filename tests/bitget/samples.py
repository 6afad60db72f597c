"""An account's credentials, two requests, and the signature that the exchange expects."""

import base64
import hashlib
import hmac
from collections.abc import Callable

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
