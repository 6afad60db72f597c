"""python -m tests.bench.exchange SYMBOLS PORT [PORT CERTIFICATE]: an exchange that costs next to nothing and notes
when each order arrived. The second port, if there is one, takes the same over TLS.

Bitget's paths and answers, as far as the executor asks. Every symbol is held, and click-backhand turns it around at
once; the order's record is that of a filled one. Moments are `time.monotonic_ns()`, which is one clock for all
processes of a machine.
"""

import asyncio
import gc
import json
import re
import ssl
import sys
import time
from collections import defaultdict, deque
from functools import cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import parse_qs

HOST = "127.0.0.1"
IDLE_SECONDS = 75  # nginx's own
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
KEY = re.compile(rb"\r\naccess-key: *([^\r]+)", re.I)
SYMBOL = re.compile(rb'"symbol": *"([^"]+)"')
CLIENT_OID = re.compile(rb'"clientOid": *"([^"]+)"')
MIX = "/api/v2/mix"
PAGE = 100  # the most records of one answer
REMEMBERED = 10_000  # the records kept for each key
ACCOUNT = {"marginCoin": "USDT", "available": "1000000", "marginMode": "crossed", "posMode": "hedge_mode"}


class Exchange:
    """`orders` are the arrivals (nanoseconds, key, symbol) since they were last asked for."""

    def __init__(self, symbols):
        self.symbols = [f"S{number}USDT" for number in range(symbols)]
        self.short = set()  # the lanes (key, symbol) that a reversal has turned; every other one is long
        self.orders = []
        self.records = defaultdict(lambda: deque(maxlen=REMEMBERED))  # by key, oldest first

    def answer(self, arrived, method, target, head, body):
        """The answer's body."""
        path, _, query = target.partition("?")
        if path == "/arrivals":
            orders, self.orders = self.orders, []
            return json.dumps(orders).encode()
        key = found[1].decode() if (found := KEY.search(head)) else ""
        if method == b"POST":
            return self.order(arrived, key, body)
        if path == f"{MIX}/position/all-position":
            return success(b"[%b]" % b",".join(self.position(key, symbol) for symbol in self.symbols))
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        if path.startswith(f"{MIX}/order/"):
            return self.recorded(path.removeprefix(f"{MIX}/order/"), key, asked)
        return success(self.read(path, key, asked.get("symbol")))

    def order(self, arrived, key, body):
        symbol, client_oid = SYMBOL.search(body)[1].decode(), CLIENT_OID.search(body)[1].decode()
        self.orders.append((arrived, key, symbol))
        self.short ^= {(key, symbol)}
        self.records[key].append(Record(arrived, int(time.time() * 1000), symbol, client_oid))
        return success(b'{"clientOid":"%b","orderId":"%d"}' % (client_oid.encode(), arrived))

    def recorded(self, what, key, asked):
        """The answer to a read of order records. Every order has ended, so none is pending."""
        if what == "orders-pending":
            return success(b'{"entrustedList":null,"endId":null}')
        found = (record for record in reversed(self.records[key]) if record.is_asked_for(asked))
        if what == "detail":
            return success(record.row("state")) if (record := next(found, None)) else NOT_FOUND
        page = list(islice(found, min(PAGE, int(asked.get("limit", PAGE)))))
        rows = b",".join(record.row("status") for record in page)
        end_id = page[-1].order_id if page else 0
        return success(b'{"entrustedList":[%b],"endId":"%d"}' % (rows, end_id))

    def read(self, path, key, symbol):
        if path == f"{MIX}/position/single-position":
            return b"[%b]" % self.position(key, symbol)
        if path == f"{MIX}/account/account":
            return json.dumps(ACCOUNT).encode()
        if path == f"{MIX}/market/contracts":
            return b"[%b]" % b",".join(map(contract, [symbol] if symbol else self.symbols))
        return b'{"serverTime":"%d"}' % (time.time() * 1000)

    def position(self, key, symbol):
        return position(symbol, "short" if (key, symbol) in self.short else "long")


NOT_FOUND = b'{"code":"40109","msg":"The data of the order cannot be found","requestTime":0,"data":null}'


def success(data):
    return b'{"code":"00000","msg":"success","requestTime":%d,"data":%b}' % (time.time() * 1000, data)


class Record(NamedTuple):
    """An order that was filled when it came."""

    order_id: int
    created_ms: int
    symbol: str
    client_oid: str

    def is_asked_for(self, asked):
        """By its names, a time from which on, and the end of the page before."""
        mine = {"symbol": self.symbol, "clientOid": self.client_oid, "orderId": str(self.order_id)}
        named = all(asked.get(name, value) == value for name, value in mine.items())
        recent = self.created_ms >= int(asked.get("startTime", 0))
        return named and recent and self.order_id < int(asked.get("idLessThan", 1 << 63))

    def row(self, state_key):
        """order/detail calls the state `state`, lists call it `status`."""
        created = str(self.created_ms)
        row = {
            "symbol": self.symbol, "orderId": str(self.order_id), "clientOid": self.client_oid, state_key: "filled",
            "size": "10", "baseVolume": "10", "priceAvg": "100", "side": "buy", "posSide": "long", "tradeSide": "open",
            "posMode": "hedge_mode", "marginCoin": "USDT", "marginMode": "crossed", "orderType": "market",
            "orderSource": "reverse", "reduceOnly": "NO", "cTime": created, "uTime": created,
        }  # fmt: skip
        return json.dumps(row).encode()


@cache
def position(symbol, side):
    row = {
        "symbol": symbol, "marginCoin": "USDT", "holdSide": side, "openDelegateSize": "0", "marginSize": "100",
        "available": "10", "locked": "0", "total": "10", "leverage": "10", "achievedProfits": "0",
        "openPriceAvg": "100", "marginMode": "crossed", "posMode": "hedge_mode", "unrealizedPL": "1",
        "liquidationPrice": "10", "keepMarginRate": "0.004", "markPrice": "100", "breakEvenPrice": "100",
        "totalFee": "0", "deductedFee": "0", "marginRatio": "0.01", "assetMode": "single", "autoMargin": "off",
        "cTime": "1700000000000", "uTime": "1700000000000",
    }  # fmt: skip
    return json.dumps(row).encode()


@cache
def contract(symbol):
    row = {
        "symbol": symbol, "baseCoin": symbol.removesuffix("USDT"), "quoteCoin": "USDT", "symbolStatus": "normal",
        "supportMarginCoins": ["USDT"], "minTradeNum": "0.001", "volumePlace": "3", "pricePlace": "1",
        "sizeMultiplier": "0.001", "symbolType": "perpetual", "minTradeUSDT": "5", "maxMarketOrderQty": "1000",
    }  # fmt: skip
    return json.dumps(row).encode()


class Connection(asyncio.Protocol):
    """One client's requests, answered in turn. Closed when idle for long, as front ends do."""

    def __init__(self, exchange):
        self.exchange, self.received = exchange, b""

    def connection_made(self, transport):
        self.transport = transport
        self.closing = asyncio.get_running_loop().call_later(IDLE_SECONDS, transport.close)

    def connection_lost(self, error):
        self.closing.cancel()

    def data_received(self, data):
        arrived = time.monotonic_ns()
        self.closing.cancel()
        self.closing = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.transport.close)
        self.received += data
        while (end := self.received.find(b"\r\n\r\n") + 4) > 3:
            head = self.received[:end]
            whole = end + int(found[1] if (found := LENGTH.search(head)) else 0)
            if len(self.received) < whole:
                return
            body, self.received = self.received[end:whole], self.received[whole:]
            method, target, _ = head.split(b" ", 2)
            answer = self.exchange.answer(arrived, method, target.decode(), head, body)
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(answer), answer)
            )


async def serve(symbols, port, secure_port=None, certificate=None):
    """Until the process is ended. `certificate` is a file that also holds its key."""
    exchange, loop = Exchange(int(symbols)), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(exchange), HOST, port, backlog=2048)
    if secure_port:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        await loop.create_server(lambda: Connection(exchange), HOST, secure_port, ssl=context, backlog=2048)
    gc.disable()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
