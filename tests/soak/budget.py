"""python -m tests.soak.budget: many processes on one account of an exchange that is far away and has its limits on.

Exits 1 if the exchange said 429, or if one order in ten reached it later than 100 ms after its alert.
"""

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import requests

from executor.simulator import AccountSettings, Settings, start_simulator
from tests.bench.processes import Process, free_port
from tests.bench.servers import RELAY_MS, answers
from tests.postgres import running_postgres
from tests.soak.node import Node

PAUSE_SECONDS = 2.0
SLOWEST_MS = 100
CONFIG = """
version: 1
ledger: "{ledger}"
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}"}}
senders:
  tradingview: {{secrets: ["{secret}"]}}
symbols:
  BTCUSD: {{product_type: COIN-FUTURES, margin_coin: BTC}}
  ETHPERP: {{product_type: USDC-FUTURES, margin_coin: USDC}}
{symbols}
rules:
  - {{name: whole, symbol: "{{{{ symbol }}}}", target: "{{{{ target }}}}"}}
"""


class Books:
    """What the exchange was asked, and how long after its alert each order came (milliseconds)."""

    def __init__(self):
        self.asked, self.refused, self.orders, self.latencies = [], Counter(), [], []

    def watch(self, exchange):
        admits = exchange.traffic.admits

        def noted(who, endpoint, **terms):
            allowed = admits(who, endpoint, **terms)
            self.asked.append((time.monotonic(), endpoint))
            self.refused[endpoint] += not allowed
            if endpoint == "click-backhand":
                self.orders.append(time.monotonic())
            return allowed

        exchange.traffic.admits = noted

    def busiest_second(self, endpoint):
        moments = [at for at, asked in self.asked if asked == endpoint]
        return max((sum(at <= other < at + 1 for other in moments) for at in moments), default=0)

    @property
    def clean(self):
        return not self.refused.total() and self.at(0.9) <= SLOWEST_MS

    def at(self, part):
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    def __str__(self):
        took = self.asked[-1][0] - self.asked[0][0]
        counts = Counter(endpoint for _, endpoint in self.asked)
        rates = ", ".join(f"{name} {number / took:.2f}" for name, number in sorted(counts.items()))
        return (
            f"{len(self.latencies)} orders: p50 {self.at(0.5):.1f} ms, p90 {self.at(0.9):.1f} ms, "
            f"worst {self.at(1):.1f} ms\n"
            f"a second: {rates}; all-position at most {self.busiest_second('all-position')}\n"
            f"429: {dict(+self.refused) or 0}"
        )


def run(folder, ledger, workers, nodes, seconds, lanes):
    names = [f"SYM{number}USDT" for number in range(lanes)]
    held = {(name, "long"): Decimal(10) for name in names}
    simulator, books = start_simulator(Settings(accounts=(AccountSettings("main", positions=held),))), Books()
    books.watch(simulator.exchange)
    port, secret = free_port(), secrets.token_hex(16)
    near = simulator.url.rpartition(":")[2]
    relay = Process(folder / "relay.log", ["tests.bench.relay", str(port), near, str(RELAY_MS)])
    relay.wait_until(lambda: answers(port))
    symbols = "\n".join(f"  {name}: {{product_type: USDT-FUTURES, margin_coin: USDT}}" for name in names)
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(ledger=ledger, url=f"http://127.0.0.1:{port}", secret=secret, symbols=symbols))
    environ = {"EXECUTOR_CONFIG": str(config)}
    running = [
        Node(folder, f"node{number}", environ, workers // nodes, app="executor.web:create_app()")
        for number in range(nodes)
    ]
    try:
        time.sleep(8)  # until all of them know what they need
        for number in range(int(seconds / PAUSE_SECONDS)):
            node, target = running[number % nodes], "long" if number // lanes % 2 else "short"
            _send(node.url, secret, names[number % lanes], target, number, books)
    finally:
        for node in running:
            node.stop()
        relay.stop()
        simulator.stop()
    return books


def _send(url, secret, symbol, target, number, books):
    before, started = len(books.orders), time.monotonic()
    alert = {"secret": secret, "symbol": symbol, "target": target, "n": number}
    requests.post(f"{url}/hook/tradingview", json.dumps(alert), timeout=10).raise_for_status()
    while len(books.orders) == before and time.monotonic() - started < PAUSE_SECONDS:
        time.sleep(0.001)
    came = books.orders[before] if len(books.orders) > before else float("inf")
    books.latencies.append((came - started) * 1000)
    time.sleep(max(0.0, started + PAUSE_SECONDS - time.monotonic()))


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.soak.budget")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--lanes", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--ledger", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.ledger == "sqlite":
            books = run(folder, f"sqlite:///{folder}/ledger.db", asked.workers, 1, asked.seconds, asked.lanes)
        else:
            with running_postgres(folder) as url:
                books = run(folder, url, asked.workers, 2, asked.seconds, asked.lanes)
    print(books)
    sys.exit(not books.clean)


if __name__ == "__main__":
    main()
