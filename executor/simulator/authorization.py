"""Who asks: the checks Bitget makes of every signed request, in its codes.

Source: Bitget, "Signature" and "Error codes". The string to sign is timestamp + METHOD + path + ?query + body.
"""

import base64
import hashlib
import hmac

from flask import Request

from executor.simulator.exchange import Exchange
from executor.simulator.market import Account
from executor.simulator.refusal import RequestRefused


def authorized(exchange: Exchange, request: Request) -> Account:
    """The account whose key signed the request. Raises RequestRefused."""
    headers = request.headers
    account = exchange.accounts.get(headers.get("ACCESS-KEY", ""))
    if account is None:
        raise RequestRefused("40006" if headers.get("ACCESS-KEY") else "40001", "Invalid ACCESS_KEY")
    if (headers.get("paptrading") == "1") is not exchange.settings.demo:
        raise RequestRefused("40099", "exchange environment is incorrect")
    timestamp = headers.get("ACCESS-TIMESTAMP", "")
    check_age(exchange, timestamp)
    if headers.get("ACCESS-PASSPHRASE") != account.settings.passphrase:
        raise RequestRefused("40012", "apikey/password is incorrect")
    query = request.query_string.decode()
    text = timestamp + request.method + request.path + (f"?{query}" if query else "")
    expected = signature(account.settings.secret, text.encode() + request.get_data())
    if not hmac.compare_digest(expected, headers.get("ACCESS-SIGN", "")):
        raise RequestRefused("40009", "sign signature error")
    return account


def check_age(exchange: Exchange, timestamp: str) -> None:
    """Raises RequestRefused if the request's timestamp is too far from the exchange's clock, either way."""
    if not timestamp.isdecimal():
        raise RequestRefused("40005", "Invalid ACCESS_TIMESTAMP")
    if abs(exchange.now_ms() - int(timestamp)) > exchange.settings.signature_lifetime_ms:
        raise RequestRefused("40008", "Request timestamp expired")


def signature(secret: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
