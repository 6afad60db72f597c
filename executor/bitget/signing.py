"""The signature every private request carries.

Source: Bitget, "Signature": Base64(HMAC-SHA256(secret, timestamp + METHOD + path + ["?" + query] + body)).
"""

import base64
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode


def query_string(parameters: Mapping[str, str]) -> str:
    """The query with its keys sorted, to be used as it is for both the URL and the signature."""
    return urlencode(sorted(parameters.items()))


def signing_key(secret: str) -> hmac.HMAC:
    """To be copied for each signature, so that the algorithm is looked up once."""
    return hmac.new(secret.encode(), digestmod="sha256")


def sign(key: hmac.HMAC, timestamp: str, method: str, path: str, query: str, body: bytes) -> str:
    """The value of ACCESS-SIGN. `timestamp` is ACCESS-TIMESTAMP in milliseconds, `body` the exact bytes sent."""
    target = f"{path}?{query}" if query else path
    mac = key.copy()
    mac.update(f"{timestamp}{method}{target}".encode() + body)
    return base64.b64encode(mac.digest()).decode()
