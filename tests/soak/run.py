"""Thousands of alerts, faults, killed and frozen workers, people; then, in the quiet, the books are compared."""

import random
import secrets
import threading
import time
from collections import Counter
from decimal import Decimal

from executor.ledger import open_ledger
from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator
from tests.clock import FILE, step_process
from tests.oracle import Finding, Oracle, Terms
from tests.oracle.looking import WatchedLater, in_flight
from tests.soak.node import Node
from tests.soak.plan import Books
from tests.soak.sending import Sending
from tests.soak.trouble import Trouble

SIGNATURE_SECONDS = 2.0
TERMS = Terms(lifetime_ms=int(SIGNATURE_SECONDS * 1000), answered_doubt_ms=4000, lag_ms=400)
QUIET_SECONDS = 120
STARVED_SECONDS = 30.0  # a process that dies or is frozen keeps its lanes for 5 s
ORDER_FAULTS = [
    "drop-reply", "drop-request", "reset-reply", "reset-request", "late:ms=700", "late:ms=2600", "status-after",
    "status", "garbage-after", "empty", "429", "code=40010", "code-after=45001", "code=40200",
    "hang:ms=1200", "hang:ms=3000", "code-then-runs=40010:ms=1500", "code-then-runs=40725:ms=3500",
    "status-then-runs=503:ms=2500", "live:ms=1500", "live:ms=7000", "live-then-canceled:ms=3000",
]  # fmt: skip
READ_FAULTS = [
    "all-position:status", "single-position:drop-request", "detail:garbage", "orders-history:status",
    "all-position:stale:ms=400", "single-position:stale:ms=400", "orders-history:stale:ms=400",
    "orders-pending:stale:ms=400", "detail:code=40014", "orders-history:odd-row", "orders-pending:odd-row",
]  # fmt: skip
SKEWS = ["all-position:skew:ms=40000", "single-position:skew:ms=-40000", "click-backhand:skew:ms=25000"]
DOUBTS = "rate_limit: 1000, late_reads: 500ms, answered_doubt: 4s"
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


def soak(plan, folder, ledger_url):
    """Run it all and compare the books."""
    chance, books = random.Random(plan.seed), Books()
    simulator = start_simulator(_settings(plan))
    exchange = simulator.exchange
    symbols = ", ".join(f"{name}: {{product_type: USDT-FUTURES, margin_coin: USDT}}" for name in plan.names)
    config, secret = folder / "config.yaml", secrets.token_hex(16)
    config.write_text(CONFIG.format(ledger=ledger_url, url=simulator.url, doubts=DOUBTS, symbols=symbols))
    environ = {
        "SOAK_SECRET": secret,
        "EXECUTOR_CONFIG": str(config),
        "SOAK_SIGNATURE_SECONDS": str(SIGNATURE_SECONDS),
    }
    clocks = [folder / f"clock{number}" for number in range(plan.nodes)]
    for clock in clocks:
        step_process(clock, 0)
    nodes = [
        Node(folder, f"node{number}", environ | {FILE: str(clock)}, plan.workers) for number, clock in enumerate(clocks)
    ]
    ledger = open_ledger(ledger_url)
    exchange.later = WatchedLater(exchange.lock, lambda: in_flight(ledger))
    try:
        _switch_on(exchange, plan)
        sending = Sending(plan, chance, nodes, secret)
        trouble = Trouble(plan, random.Random(plan.seed), nodes, clocks, simulator, config, books, sending.over)
        trouble.start()
        sending.run()
        trouble.join()
        exchange.faults.clear()
        _wait_for_quiet(ledger)
        _let_everything_happen(exchange)
        _compare(plan, ledger, exchange, sending.came, books)
    finally:
        for node in nodes:
            node.stop()
        ledger.close()
        simulator.stop()
    return books


def _settings(plan):
    held = {(name, "long"): Decimal(10) for name in plan.names}
    accounts = (
        AccountSettings("hedge", positions=held),
        AccountSettings("net", mode="one_way_mode", positions=held),
    )
    return Settings(accounts=accounts, rate_limits=False, signature_lifetime_ms=TERMS.lifetime_ms)


def _switch_on(exchange, plan):
    """A share of an endpoint's requests meets a fault. Skews are rare: two that follow would agree."""
    for name in plan.names:
        if name not in plan.healthy:
            for fault in ORDER_FAULTS:
                chance = plan.fault_chance / len(ORDER_FAULTS)
                exchange.faults.add(parse_fault(f"click-backhand:{fault}:symbol={name}:p={chance:.5f}"))
    for fault in READ_FAULTS:
        exchange.faults.add(parse_fault(f"{fault}:p={plan.fault_chance / 5:.5f}"))
    for skew in SKEWS:
        exchange.faults.add(parse_fault(f"{skew}:p={plan.fault_chance / 50:.5f}"))


def _wait_for_quiet(ledger):
    deadline = time.monotonic() + QUIET_SECONDS
    while any(number and not state.final for (_, state), number in ledger.queries.count_orders().items()):
        if time.monotonic() > deadline:
            return
        time.sleep(0.5)


def _let_everything_happen(exchange):
    """What the exchange still keeps waiting."""
    exchange.later.hasten()
    deadline = time.monotonic() + 10
    while any(thread.name == "simulator-later" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _compare(plan, ledger, exchange, came, books):
    orders = ledger.queries.orders(limit=1_000_000)
    books.acknowledged, books.states = len(came), Counter(order.state.value for order in orders)
    kept = {order.receipt for order in orders}
    books.findings += [Finding("lost", receipt) for receipt in came if receipt not in kept]
    books.requests = len(exchange.journal)
    books.faulty = sum(entry["fault"] is not None for entry in exchange.journal)
    oracle = Oracle(exchange, orders, came, TERMS)
    books.findings += oracle.judge()
    waits = sorted(_waits(plan, oracle))
    books.healthy_p90_seconds = waits[len(waits) * 9 // 10] if waits else 0.0
    books.findings += [Finding("starved", f"{wait:.1f} s") for wait in waits if wait > STARVED_SECONDS]


def _waits(plan, oracle):
    """For each order of a healthy lane, how long after its alert it reached the exchange."""
    first = {}
    for post in oracle.posts:
        first.setdefault(post.order_id, post.came_ms)
    for order in oracle.orders:
        if order.intent.symbol in plan.healthy and order.id in first and order.receipt in oracle.came:
            yield (first[order.id] - oracle.came[order.receipt]) / 1000
