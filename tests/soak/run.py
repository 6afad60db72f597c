"""Thousands of alerts, random faults, killed workers; then, in the quiet, the books are compared."""

import json
import random
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from queue import Empty, SimpleQueue

import requests

from executor.core.order import State
from executor.ledger import open_ledger
from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator
from tests.soak.node import Node

SIGNATURE_SECONDS = 2.0
SENDERS = 8
QUIET_SECONDS = 120
FAULTS = [
    "click-backhand:drop-reply", "click-backhand:drop-request", "click-backhand:reset-reply",
    "click-backhand:reset-request", "click-backhand:late:ms=700", "click-backhand:late:ms=2600",
    "click-backhand:status-after", "click-backhand:status", "click-backhand:garbage-after", "click-backhand:empty",
    "click-backhand:429", "click-backhand:code=40010", "click-backhand:code-after=45001", "click-backhand:code=40200",
    "all-position:status", "single-position:drop-request", "detail:garbage", "orders-history:status",
]  # fmt: skip
DOUBTS = "rate_limit: 1000, late_reads: 500ms, answered_doubt: 4s"
LOUD = {State.INCOMPLETE, State.REJECTED, State.EXPIRED, State.DENIED}
CONFIG = """
version: 1
ledger: {ledger}
accounts:
  hedge: {{venue: simulator, position_mode: hedge, base_url: "{url}", {doubts}}}
  net: {{venue: simulator, position_mode: one-way, base_url: "{url}", {doubts}}}
senders:
  tradingview: {{secrets: ["${{SOAK_SECRET}}"]}}
symbols: {{{symbols}}}
rules:
  - name: whole
    when: {{target: {{exists: true}}}}
    accounts: [hedge, net]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    max_age: 60s
    verify_for: 5s
"""


@dataclass
class Plan:
    """How much of everything."""

    alerts: int
    symbols: int
    fault_chance: float
    kill_every_seconds: float
    workers: int
    nodes: int
    seed: int
    rate: float  # alerts a second, over all


@dataclass
class Books:
    """What the comparison found; what is lost, twice, on the wrong side or unfinished must be zero."""

    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    wrong_side: int = 0
    unfinished: int = 0
    kills: int = 0
    states: Counter = field(default_factory=Counter)

    @property
    def clean(self):
        return not (self.lost or self.twice or self.wrong_side or self.unfinished)

    def __str__(self):
        states = ", ".join(f"{state} {number}" for state, number in sorted(self.states.items()))
        return (
            f"acknowledged {self.acknowledged}, workers killed {self.kills}; orders: {states}\n"
            f"acknowledged and lost {self.lost} · click-backhands run twice for one intent {self.twice} · "
            f"lanes on the wrong side without a loud state {self.wrong_side} · never ended {self.unfinished}"
        )


def soak(plan, folder, ledger_url):
    """Run it all and compare the books."""
    chance, books = random.Random(plan.seed), Books()
    names = [f"SYM{number}USDT" for number in range(plan.symbols)]
    simulator = start_simulator(_settings(names, plan))
    for fault in FAULTS:
        simulator.exchange.faults.add(parse_fault(f"{fault}:p={plan.fault_chance / len(FAULTS) * 3:.5f}"))
    symbols = ", ".join(f"{name}: {{product_type: USDT-FUTURES, margin_coin: USDT}}" for name in names)
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(ledger=ledger_url, url=simulator.url, doubts=DOUBTS, symbols=symbols))
    secret = secrets.token_hex(16)
    environ = {
        "SOAK_SECRET": secret,
        "EXECUTOR_CONFIG": str(config),
        "SOAK_SIGNATURE_SECONDS": str(SIGNATURE_SECONDS),
    }
    nodes = [Node(folder, f"node{number}", environ, plan.workers) for number in range(plan.nodes)]
    try:
        acknowledged = _send(plan, chance, nodes, names, secret, books)
        simulator.exchange.faults.clear()
        ledger = open_ledger(ledger_url)
        _wait_for_quiet(ledger, books)
        _compare(ledger, simulator.exchange, acknowledged, books)
        ledger.close()
    finally:
        for node in nodes:
            node.stop()
        simulator.stop()
    return books


def _settings(names, plan):
    held = {(name, "long"): Decimal(10) for name in names}
    accounts = (
        AccountSettings("hedge", positions=held),
        AccountSettings("net", mode="one_way_mode", positions=held),
    )
    lifetime_ms = int(SIGNATURE_SECONDS * 1000)
    return Settings(accounts=accounts, rate_limits=False, signature_lifetime_ms=lifetime_ms)


def _send(plan, chance, nodes, names, secret, books):
    """Send every alert until it is acknowledged or refused for good, killing workers meanwhile. The receipts."""
    waiting, receipts, sending = SimpleQueue(), [], threading.Event()
    for number in range(plan.alerts):
        target = chance.choice(["long", "short"])
        waiting.put({"secret": secret, "n": number, "symbol": chance.choice(names), "target": target})
    started = time.monotonic()

    def send():
        http, mine = requests.Session(), random.Random(plan.seed)
        http.trust_env = False
        while True:
            try:
                alert = waiting.get_nowait()
            except Empty:
                return
            time.sleep(max(0.0, started + alert["n"] / plan.rate - time.monotonic()))
            for _ in range(40):  # as TradingView on a 5xx, and more stubborn
                try:
                    answer = http.post(f"{mine.choice(nodes).url}/hook/tradingview", json.dumps(alert), timeout=10)
                except requests.RequestException:
                    time.sleep(0.2)
                    continue
                if answer.status_code in (200, 202):
                    receipts.append(answer.json()["receipt"])
                    break
                assert answer.status_code >= 500, answer.text
                time.sleep(0.2)

    def kill():
        while not sending.wait(plan.kill_every_seconds):
            if plan.nodes > 1 and books.kills % 4 == 3:
                victim = chance.choice(nodes)
                victim.kill()
                victim.start()
            else:
                chance.choice(nodes).kill_worker(chance)
            books.kills += 1

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    killer = threading.Thread(target=kill)
    for thread in (*senders, killer):
        thread.start()
    for thread in senders:
        thread.join()
    sending.set()
    killer.join()
    books.acknowledged = len(receipts)
    return receipts


def _wait_for_quiet(ledger, books):
    deadline = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        books.unfinished = sum(len(ledger.orders(state=state, limit=10_000)) for state in State if not state.final)
        if not books.unfinished:
            return
        time.sleep(0.5)


def _compare(ledger, exchange, acknowledged, books):
    books.lost = sum(ledger.receipt(receipt) is None for receipt in acknowledged)
    runs = Counter(
        entry["body"]["clientOid"].partition("-")[0]
        for entry in list(exchange.journal)
        if entry["executed"] and entry["endpoint"] == "click-backhand"
    )
    books.twice = sum(number > 1 for number in runs.values())
    orders = ledger.orders(limit=1_000_000)
    books.states = Counter(order.state.value for order in orders)
    by_lane = {}
    for order in sorted(orders, key=lambda order: order.seq):
        by_lane.setdefault(order.intent.lane, []).append(order)
    for lane, mine in by_lane.items():
        held = set(exchange.accounts[lane.account].sizes(lane.symbol))
        if not _right(mine, held):
            books.wrong_side += 1
            print(f"wrong side: {lane} holds {held}, last orders {[(o.intent.target, o.state) for o in mine[-3:]]}")


def _right(orders, held):
    """Whether a lane holds what its newest signal wants, or its newest order says loudly why not."""
    newest = orders[-1]
    return held == {newest.intent.target.value} or newest.state in LOUD
