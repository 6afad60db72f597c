"""python -m tests.soak.crowd: sixty requests of an account unanswered at once, with the times that real ones take.

Exits 1 if one healthy alert in ten reached the exchange later than 0.5 s after it was sent, or if one of the sixty
orders was not carried out exactly once.
"""

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from itertools import cycle
from pathlib import Path

import requests

from executor.ledger import open_ledger
from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator
from tests.postgres import running_postgres
from tests.soak.node import Node

SICK = [f"SYM{number}USDT" for number in range(60)]
HEALTHY = [f"SYM{number}USDT" for number in range(60, 100)]
PAUSE_SECONDS = 0.5
SLOWEST_SECONDS = 0.5
MOST_A_SECOND = 10  # Bitget, "Click Backhand": 10 requests a second for an account
LONGEST_SECONDS = 300
CONFIG = """
version: 1
ledger: "{ledger}"
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}"}}
senders:
  tradingview: {{secrets: ["{secret}"]}}
symbols:
{symbols}
rules:
  - {{name: whole, symbol: "{{{{ symbol }}}}", target: "{{{{ target }}}}", max_age: 5m}}
"""


class Crowd:
    """The simulator, the node under test, and what came of the alerts."""

    def __init__(self, folder, ledger):
        held = {(name, "long"): Decimal(10) for name in SICK + HEALTHY}
        self.simulator = start_simulator(Settings(accounts=(AccountSettings("main", positions=held),)))
        self.exchange, self.secret, self.waits = self.simulator.exchange, secrets.token_hex(16), []
        symbols = "\n".join(f"  {name}: {{product_type: USDT-FUTURES, margin_coin: USDT}}" for name in SICK + HEALTHY)
        config = folder / "config.yaml"
        config.write_text(CONFIG.format(ledger=ledger, url=self.simulator.url, secret=self.secret, symbols=symbols))
        environ = {"EXECUTOR_CONFIG": str(config)}
        self.node = Node(folder, "node", environ, workers=2, app="executor.web:create_app()")
        self.ledger = open_ledger(ledger)

    def close(self):
        self.node.stop()
        self.ledger.close()
        self.simulator.stop()

    def send(self, symbol, target):
        alert = {"secret": self.secret, "symbol": symbol, "target": target, "n": secrets.token_hex(4)}
        answer = requests.post(f"{self.node.url}/hook/tradingview", json.dumps(alert), timeout=10)
        answer.raise_for_status()
        return answer.json()["receipt"]

    def came(self, symbol):
        return sum(entry["body"]["symbol"] == symbol for entry in list(self.exchange.journal))

    def measure(self, symbol, target):
        """How long a healthy alert takes to the exchange."""
        before, started = self.came(symbol), time.monotonic()
        self.send(symbol, target)
        while self.came(symbol) == before and time.monotonic() - started < 10:
            time.sleep(0.005)
        self.waits.append(time.monotonic() - started)
        time.sleep(max(0.0, started + PAUSE_SECONDS - time.monotonic()))

    def run(self):
        time.sleep(5)  # until the node knows what it needs
        self.exchange.faults.add(parse_fault(f"click-backhand:drop-request:times={len(SICK)}"))
        receipts = [self.send(symbol, "short") for symbol in SICK]
        deadline = time.monotonic() + LONGEST_SECONDS
        while len(self.exchange.journal) < len(SICK):
            assert time.monotonic() < deadline, "the sixty did not leave"
            time.sleep(0.05)
        targets = cycle(["short"] * len(HEALTHY) + ["long"] * len(HEALTHY))
        healthy = zip(cycle(HEALTHY), targets, strict=False)
        while not all(order.state.final for order in self.orders(receipts)) and time.monotonic() < deadline:
            self.measure(*next(healthy))
        return self.orders(receipts)

    def orders(self, receipts):
        return [self.ledger.queries.receipt(receipt).orders[0] for receipt in receipts]


def judge(crowd, orders):
    """What is told, and whether it holds."""
    journal = list(crowd.exchange.journal)
    ran = Counter(entry["body"]["symbol"] for entry in journal if entry["executed"])
    moments = [entry["at"] for entry in journal]
    busiest = max(sum(at <= other < at + 1 for other in moments) for at in moments)
    ordered = sorted(crowd.waits)
    p90 = ordered[len(ordered) * 9 // 10]
    once = all(ran[symbol] == 1 for symbol in SICK)
    states = Counter(order.state.value for order in orders)
    print(
        f"{len(ordered)} healthy alerts: p50 {ordered[len(ordered) // 2]:.3f} s, p90 {p90:.3f} s, "
        f"worst {ordered[-1]:.3f} s\n"
        f"the sixty: {dict(states)}, each ran once: {once}; requests a second at most {busiest}"
    )
    return p90 <= SLOWEST_SECONDS and once and states == {"confirmed": len(SICK)} and busiest <= MOST_A_SECOND + 1


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.soak.crowd")
    parser.add_argument("--ledger", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.ledger == "sqlite":
            good = play(folder, f"sqlite:///{folder}/ledger.db")
        else:
            with running_postgres(folder) as url:
                good = play(folder, url)
    sys.exit(not good)


def play(folder, ledger):
    crowd = Crowd(folder, ledger)
    try:
        return judge(crowd, crowd.run())
    finally:
        crowd.close()


if __name__ == "__main__":
    main()
