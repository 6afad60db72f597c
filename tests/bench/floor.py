"""The floor: the least that any Flask view must do to turn an alert into an order. No rules, no ledger, no position."""

import base64
import hashlib
import hmac
import json
import os
import time

import requests
from flask import Flask, request
from requests.adapters import HTTPAdapter

PATH = "/api/v2/mix/order/click-backhand"
SECRET, EXCHANGE = os.environ["BENCH_SECRET"], os.environ["BENCH_EXCHANGE"]

app = Flask(__name__)
session = requests.Session()
session.mount(EXCHANGE, HTTPAdapter(pool_maxsize=32))


@app.get("/health/ready")
def ready():
    return "ready"


@app.post("/hook/<sender>")
def hook(sender):
    alert = json.loads(request.get_data())
    if not hmac.compare_digest(alert["secret"], SECRET):
        return "wrong secret", 401
    order = {
        "symbol": alert["symbol"], "productType": "USDT-FUTURES", "marginCoin": "USDT", "side": "buy",
        "tradeSide": "open", "size": "10", "clientOid": f"floor-{time.time_ns()}",
    }  # fmt: skip
    body, timestamp = json.dumps(order), str(int(time.time() * 1000))
    signature = hmac.digest(b"secret", f"{timestamp}POST{PATH}{body}".encode(), hashlib.sha256)
    headers = {
        "ACCESS-KEY": alert["account"], "ACCESS-SIGN": base64.b64encode(signature).decode(),
        "ACCESS-TIMESTAMP": timestamp, "ACCESS-PASSPHRASE": "passphrase", "Content-Type": "application/json",
    }  # fmt: skip
    answer = session.post(EXCHANGE + PATH, data=body, headers=headers, timeout=10)
    return {"done": answer.json()["code"] == "00000"}
