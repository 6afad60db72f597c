"""The engine as it runs: a real simulator over HTTP, a real ledger, real threads. Its fixtures are every test's."""

import json
import secrets
import time
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
import requests

from executor.core.sender import Presented
from executor.engine.runner import Runner
from executor.engine.timings import Timings
from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator
from executor.times import utc_now

LIFETIME = timedelta(seconds=1)  # of a signature, on both sides: Bitget's is 30 s
QUICK = Timings(signature_lifetime=LIFETIME)
QUICK_DOUBTS = ", late_reads: 300ms, answered_doubt: 2s"
SECRET = secrets.token_hex(16)
CONFIG = """
version: 1
ledger: {ledger}
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}"{account}}}
  net: {{venue: simulator, position_mode: one-way, base_url: "{url}"{account}}}
senders:
  tradingview: {{secrets: ["${{SECRET}}"]}}
symbols:
  ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT{brakes}}}
  BTCUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT}}
rules:
  - name: partial
    when: {{size: {{exists: true}}}}
    accounts: [main]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    max_age: 20s
    reversal: {{size: "{{{{ size }}}}"}}
  - name: opening
    when: {{open: {{exists: true}}}}
    accounts: [main]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    max_age: 20s
    verify_for: {verify_for}
    when_flat: open
    reversal: {{size: "{{{{ open }}}}"}}
  - name: net
    when: {{account: net}}
    accounts: [net]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    max_age: 20s
    verify_for: {verify_for}
  - name: aged
    when: {{at: {{exists: true}}}}
    accounts: [main]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    time: "{{{{ at }}}}"
    max_age: 60s
  - name: whole
    when: {{target: {{exists: true}}}}
    accounts: [main]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    max_age: 20s
    verify_for: {verify_for}
    on_flat_target: close
"""


def config_text(folder, url, *, ledger=None, brakes="", verify_for="2s", account=QUICK_DOUBTS):
    """The text of config.yaml."""
    ledger = ledger or f"sqlite:///{folder}/ledger.db"
    return CONFIG.format(ledger=ledger, url=url, brakes=brakes, verify_for=verify_for, account=account)


class Desk:
    """A simulator and a Runner on it; sends signals and tells what became of them."""

    def __init__(self, folder, *, timings=QUICK, now=utc_now, **terms):
        self.folder, self.timings, self.now = folder, timings, now
        self.numbers = count()
        held = {("ETHUSDT", "long"): Decimal(10), ("BTCUSDT", "long"): Decimal(1)}
        accounts = (
            AccountSettings("main", positions=held),
            AccountSettings("net", mode="one_way_mode", positions=held),
        )
        lifetime_ms = int(timings.signature_lifetime.total_seconds() * 1000)
        self.simulator = start_simulator(
            Settings(accounts=accounts, signature_lifetime_ms=lifetime_ms, rate_limits=False)
        )
        self.exchange = self.simulator.exchange
        self.path = folder / "config.yaml"
        self.path.write_text(config_text(folder, self.simulator.url, **terms))
        self.runners = []

    def run(self, now=None):
        """One more process, as far as the ledger can tell, that knows what its orders will need to know.

        Its wall clock is `now`, or else the desk's.
        """
        runner = self.start(now)
        self.wait_for(lambda: self.is_warm(runner))
        return runner

    def start(self, now=None):
        runner = Runner(self.path, {"SECRET": SECRET}, now=now or self.now, timings=self.timings)
        runner.start()
        self.runners.append(runner)
        return runner

    def is_warm(self, runner):
        """Whether an order would find what it needs to know."""
        accounts = [runner.accounts.get(account) for account in runner.config.accounts]
        markets = [symbol.market for symbol in runner.config.symbols.values()]
        return all(account.knows(market, 0) for account in accounts for market in markets)

    @property
    def runner(self):
        return self.runners[0]

    def fault(self, text):
        self.exchange.faults.add(parse_fault(text))

    def move(self, account="main", symbol="ETHUSDT", source="market", **legs):
        """Change a position as a person in the app does, or (source reverse) by the app's own reversal."""
        wanted = {"account": account, "symbol": symbol, "source": source} | legs
        requests.post(f"{self.simulator.url}/simulator/position", json=wanted, timeout=5).raise_for_status()

    def hasten(self):
        """What the exchange keeps waiting happens now."""
        requests.post(f"{self.simulator.url}/simulator/hasten", timeout=5).raise_for_status()

    def signal(self, target, runner=None, symbol="ETHUSDT", **fields):
        """The receipt of an alert that wants this target."""
        alert = {"target": target, "symbol": symbol, "n": next(self.numbers)} | fields
        taker = runner or self.runner
        return taker.take("tradingview", json.dumps(alert).encode(), Presented(path_secret=SECRET)).receipt

    def end(self, receipt, seconds=20):
        """The alert's order once it has ended."""
        assert self.runner.wait(receipt, seconds), self.order(receipt)
        return self.order(receipt)

    def rest(self):
        """Wait until no lane has anything to do."""
        self.wait_for(lambda: not self.runner._scheduler.busy)

    def order(self, receipt):
        return self.runner.ledger.queries.receipt(receipt).orders[0]

    def states(self, receipt):
        found = self.runner.ledger.queries.receipt(receipt)
        return [step.state.value for step in found.history[found.orders[0].id]]

    def executed(self):
        return [entry for entry in list(self.exchange.journal) if entry["executed"]]

    def held(self, account="main", symbol="ETHUSDT"):
        return self.exchange.accounts[account].sizes(symbol)

    def wait_for(self, condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)
        return found

    def close(self):
        for runner in self.runners:
            runner.stop(drain_seconds=0)
        self.simulator.stop()


@pytest.fixture
def make_desk(tmp_path):
    desks = []

    def make(**terms):
        desks.append(Desk(tmp_path, **terms))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(make_desk):
    desk = make_desk()
    desk.run()
    return desk
