"""A client of the simulator that signs as Bitget documents it, and that knows nothing of the executor's own."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import requests

MIX = "/api/v2/mix"
ETH = {"symbol": "ETHUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}


class Client:
    """One account's requests. `get` and `post` return the whole envelope, whatever the HTTP status is."""

    def __init__(self, url, account="main"):
        self.url, self.account, self.skew_ms = url, account, 0
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, endpoint, timeout=5, **query):
        return self.ask("GET", endpoint, timeout, query=query).json()

    def post(self, endpoint, timeout=5, **body):
        return self.ask("POST", endpoint, timeout, body=body).json()

    def ask(self, method, endpoint, timeout=5, query=None, body=None):
        group = {"position": "position", "account": "account", "contracts": "market"}.get(
            endpoint.split("-")[-1], "order"
        )
        path = f"{MIX}/{group}/{endpoint}" + (f"?{urlencode(query)}" if query else "")
        text = json.dumps(body) if body is not None else ""
        stamp = str(time.time_ns() // 1_000_000 + self.skew_ms)
        digest = hmac.new(b"simulator", f"{stamp}{method}{path}{text}".encode(), hashlib.sha256).digest()
        headers = {
            "ACCESS-KEY": self.account,
            "ACCESS-TIMESTAMP": stamp,
            "ACCESS-PASSPHRASE": "simulator",
            "ACCESS-SIGN": base64.b64encode(digest).decode(),
            "Content-Type": "application/json",
        }
        return self.session.request(method, self.url + path, data=text or None, headers=headers, timeout=timeout)

    def control(self, path, method="POST", **body):
        """One of the simulator's own paths."""
        answer = self.session.request(method, f"{self.url}/simulator/{path}", json=body or None, timeout=5)
        return answer.json()

    def set_clocks(self, skew_ms):
        """The exchange's and the client's own, so far from the machine's."""
        self.control("weather", skew_ms=skew_ms)
        self.skew_ms = skew_ms

    # What the tests say most

    def reverse(self, timeout=5, **more):
        """Turn the long 10 of ETHUSDT in hedge mode."""
        return self.post("click-backhand", timeout, **ETH, side="buy", tradeSide="open", size="10", **more)

    def held(self):
        """What single-position shows of ETHUSDT."""
        return {row["holdSide"]: row["total"] for row in self.get("single-position", **ETH)["data"]}

    def listed(self, endpoint, **query):
        """The rows of orders-history or orders-pending."""
        return self.get(endpoint, productType="USDT-FUTURES", **query)["data"]["entrustedList"] or []
