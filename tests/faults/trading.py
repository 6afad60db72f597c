"""An exchange with its limits on, which notes what it is asked, and the processes that trade there."""

import json
import secrets
import time
from collections import Counter
from decimal import Decimal
from itertools import count

from sqlalchemy import create_engine, text

from executor.core.sender import Presented
from executor.engine.runner import DEFAULT_TIMINGS, Runner
from executor.simulator import AccountSettings, Settings, start_simulator
from tests.soak.node import Node

SECRET = secrets.token_hex(16)
CONFIG = """
version: 1
ledger: "{ledger}"
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}", rate_limit: {rate_limit}{account}}}
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
    max_age: 5m
"""


class Trading:
    """An exchange with its limits on, which notes what it is asked, and the processes that trade there."""

    def __init__(self, folder, ledger, *, rate_limit=10, symbols=(), account="", timings=DEFAULT_TIMINGS):
        self.folder, self.numbers, self.running, self.ledger_url = folder, count(), [], ledger
        self.timings = timings
        held = {(symbol, "long"): Decimal(10) for symbol in ("ETHUSDT", "BTCUSDT", *symbols)}
        accounts = (AccountSettings("main", positions=held),)
        lifetime_ms = int(timings.signature_lifetime.total_seconds() * 1000)
        self.simulator = start_simulator(
            Settings(accounts=accounts, rate_limits=rate_limit <= 10, signature_lifetime_ms=lifetime_ms)
        )
        self.exchange, self.asked = self.simulator.exchange, []
        admits = self.exchange.traffic.admits

        def noted(who, endpoint, **terms):
            allowed = admits(who, endpoint, **terms)
            self.asked.append((time.monotonic(), endpoint, allowed))
            return allowed

        self.exchange.traffic.admits = noted  # type: ignore[method-assign]
        self.config = folder / "config.yaml"
        more = "\n".join(f"  {symbol}: {{product_type: USDT-FUTURES, margin_coin: USDT}}" for symbol in symbols)
        terms = {
            "ledger": ledger,
            "url": self.simulator.url,
            "rate_limit": rate_limit,
            "symbols": more,
            "account": account,
        }
        self.config.write_text(CONFIG.format(secret=SECRET, **terms))

    def run(self):
        """One more process, as far as the ledger can tell."""
        runner = Runner(self.config, {}, timings=self.timings)
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
        account = runner.accounts.get("main")
        return all(account.knows(symbol.market, 0) for name, symbol in runner.config.symbols.items() if "USDT" in name)

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
