"""All processes together stay within what the exchange allows one account, and none is slower for it."""

import json
import os
import secrets
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import create_engine, text

from executor.core.sender import Presented
from executor.engine.runner import Runner
from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator
from tests.soak.node import Node

SECRET = secrets.token_hex(16)
CONFIG = """
version: 1
ledger: "{ledger}"
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}", rate_limit: {rate_limit}}}
senders:
  tradingview: {{secrets: ["{secret}"]}}
symbols:
  ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT}}
  BTCUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT}}
  BTCUSD: {{product_type: COIN-FUTURES, margin_coin: BTC}}
  ETHPERP: {{product_type: USDC-FUTURES, margin_coin: USDC}}
{symbols}
rules:
  - name: whole
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    max_age: 20s
"""


class Trading:
    """An exchange with its limits on, which notes what it is asked, and the processes that trade there."""

    def __init__(self, folder, ledger, *, rate_limit=10, symbols=()):
        self.folder, self.numbers, self.running, self.ledger_url = folder, count(), [], ledger
        held = {(symbol, "long"): Decimal(10) for symbol in ("ETHUSDT", "BTCUSDT", *symbols)}
        accounts = (AccountSettings("main", positions=held),)
        self.simulator = start_simulator(Settings(accounts=accounts, rate_limits=rate_limit <= 10))
        self.exchange, self.asked = self.simulator.exchange, []
        admits = self.exchange.traffic.admits

        def noted(who, endpoint, **terms):
            allowed = admits(who, endpoint, **terms)
            self.asked.append((time.monotonic(), endpoint, allowed))
            return allowed

        self.exchange.traffic.admits = noted
        self.config = folder / "config.yaml"
        more = "\n".join(f"  {symbol}: {{product_type: USDT-FUTURES, margin_coin: USDT}}" for symbol in symbols)
        terms = {"ledger": ledger, "url": self.simulator.url, "rate_limit": rate_limit, "symbols": more}
        self.config.write_text(CONFIG.format(secret=SECRET, **terms))

    def run(self):
        """One more process, as far as the ledger can tell."""
        runner = Runner(self.config, {})
        runner.start()
        self.running.append(runner)
        return runner

    def node(self, workers):
        """A real gunicorn."""
        name = f"node{next(self.numbers)}"
        environ = {"EXECUTOR_CONFIG": str(self.config)}
        node = Node(self.folder, name, environ, workers, app="executor.web:create_app()")
        self.running.append(node)
        return node

    def knows(self, runner):
        """Whether a decision finds all that it needs."""
        venue = runner.venues.venue("main")
        return all(venue.knows(symbol.market, 0) for name, symbol in runner.config.symbols.items() if "USDT" in name)

    def signal(self, runner, target, symbol="ETHUSDT"):
        alert = {"target": target, "symbol": symbol, "n": next(self.numbers)}
        body = json.dumps(alert).encode()
        return runner.take("tradingview", body, Presented(path_secret=SECRET)).receipt

    def owner(self):
        """The node that watches the account."""
        engine = create_engine(self.ledger_url)
        with engine.connect() as connection:
            found = connection.execute(text("SELECT owner FROM watches")).scalar()
        engine.dispose()
        return found

    def moments(self, endpoint, since=0.0):
        return [at for at, asked, _ in list(self.asked) if asked == endpoint and at > since]

    @property
    def refused(self):
        return Counter(endpoint for _, endpoint, allowed in list(self.asked) if not allowed)

    def wait_for(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)
        return found

    def close(self, drain_seconds=0.0):
        for each in self.running:
            each.stop(*([drain_seconds] if isinstance(each, Runner) else []))
        self.simulator.stop()


@pytest.fixture
def trading(tmp_path, url):
    """On either database."""
    trading = Trading(tmp_path, url)
    yield trading
    trading.close()


@pytest.fixture
def on_sqlite(tmp_path):
    trading = Trading(tmp_path, f"sqlite:///{tmp_path}/ledger.db")
    yield trading
    trading.close()


def test_many_processes_read_no_more_than_one(on_sqlite):
    runners = [on_sqlite.run() for _ in range(6)]
    on_sqlite.wait_for(lambda: all(map(on_sqlite.knows, runners)))
    since = time.monotonic()
    on_sqlite.wait_for(lambda: len(on_sqlite.moments("all-position", since)) >= 8)
    assert all(map(on_sqlite.knows, runners))
    reads = on_sqlite.moments("all-position")
    assert len(reads) <= 4 * (reads[-1] - reads[0]) + 5
    assert not on_sqlite.refused


def test_processes_that_start_together_do_not_ask_at_once(on_sqlite):
    with ThreadPoolExecutor(8) as starting:
        for _ in range(8):
            starting.submit(on_sqlite.run)
    on_sqlite.wait_for(lambda: len(on_sqlite.moments("account")) >= 3 * 8)
    assert not on_sqlite.refused


def test_a_process_that_does_not_watch_decides_without_asking(trading):
    first, second = trading.run(), trading.run()
    trading.wait_for(lambda: trading.knows(first) and trading.knows(second))
    assert trading.owner() == first.node.name
    before = time.monotonic()
    receipt = trading.signal(second, "short")
    assert second.wait(receipt, 10)
    assert second.ledger.receipt(receipt).orders[0].state.value == "confirmed"
    assert not trading.moments("single-position", before)
    assert not trading.refused


def test_the_watch_moves_on_when_its_process_is_killed(trading):
    if trading.ledger_url.startswith("sqlite"):
        node = trading.node(2)
        owner = trading.wait_for(trading.owner)
        pid = int(owner.split("-")[-2])
        assert pid in node.workers()
        os.kill(pid, signal.SIGKILL)
    else:
        node, _ = trading.node(1), trading.node(1)
        owner = trading.owner()
        node.kill()
    new = trading.wait_for(lambda: trading.owner() if trading.owner() != owner else None)
    since = time.monotonic()
    trading.wait_for(lambda: len(trading.moments("all-position", since)) >= 3)
    assert new != owner
    assert not trading.refused


def test_a_429_pauses_the_watch(on_sqlite):
    runner = on_sqlite.run()
    on_sqlite.wait_for(lambda: on_sqlite.knows(runner))
    on_sqlite.exchange.faults.add(parse_fault("all-position:429:1"))
    on_sqlite.wait_for(lambda: not on_sqlite.exchange.faults.to_json())
    refused = on_sqlite.moments("all-position")[-1]
    on_sqlite.wait_for(lambda: on_sqlite.moments("all-position", refused))
    assert on_sqlite.moments("all-position", refused)[0] - refused > 0.95
    on_sqlite.wait_for(lambda: on_sqlite.knows(runner))


HUNG = [f"SYM{number}USDT" for number in range(60)]


@pytest.fixture
def unlimited(tmp_path):
    """An exchange that takes any number of orders."""
    trading = Trading(tmp_path, f"sqlite:///{tmp_path}/ledger.db", rate_limit=1000, symbols=HUNG)
    yield trading
    trading.close(drain_seconds=10)


def test_sixty_answers_that_hang_hold_up_no_other_order(unlimited):
    runner = unlimited.run()
    unlimited.wait_for(lambda: unlimited.knows(runner))
    unlimited.exchange.faults.add(parse_fault("click-backhand:delay:60:ms=4000"))
    for symbol in HUNG:
        unlimited.signal(runner, "short", symbol)
    orders = unlimited.exchange.journal
    unlimited.wait_for(lambda: len(orders) == len(HUNG))
    assert not any(entry["executed"] for entry in orders)
    unlimited.signal(runner, "short")
    unlimited.wait_for(lambda: len(orders) > len(HUNG))
    assert not any(entry["executed"] for entry in list(orders)[: len(HUNG)])
