"""An exchange with two keys, and processes whose config.yaml may call them by any names."""

from decimal import Decimal
from itertools import count

from executor.simulator import AccountSettings, Settings, start_simulator
from executor.times import utc_now
from tests.desk import LIFETIME, QUICK, Desk

ONE, TWO = "key-of-one", "key-of-two"
CONFIG = """
version: 1
ledger: {ledger}
accounts:
{accounts}
senders:
  tradingview: {{secrets: ["${{SECRET}}"]}}
symbols:
  ETHUSDT: {{product_type: {product_type}, margin_coin: USDT}}
  {coin}: {{product_type: USDT-FUTURES, margin_coin: USDT}}
rules:
{rules}
"""
ACCOUNT = '  {name}: {{venue: simulator, position_mode: hedge, base_url: "{url}", api_key: {key}}}\n'
RULE = """
  - name: of-{name}
    when: {{account: {name}}}
    accounts: [{name}]
    symbol: "{{{{ symbol }}}}"
    target: "{{{{ target }}}}"
    max_age: 60s
    verify_for: 1m
"""


class Names(Desk):
    """The key of `one` holds ETHUSDT long 10, that of `two` short 10; both hold BTCUSDT long 1."""

    def __init__(self, folder, ledger, **accounts):
        self.folder, self.ledger, self.timings, self.now = folder, ledger, QUICK, utc_now
        self.numbers = count()
        coins = {("BTCUSDT", "long"): Decimal(1)}
        held = (
            AccountSettings(ONE, positions=coins | {("ETHUSDT", "long"): Decimal(10)}),
            AccountSettings(TWO, positions=coins | {("ETHUSDT", "short"): Decimal(10)}),
        )
        lifetime_ms = int(LIFETIME.total_seconds() * 1000)
        settings = Settings(accounts=held, signature_lifetime_ms=lifetime_ms, rate_limits=False)
        self.simulator = start_simulator(settings)
        self.exchange = self.simulator.exchange
        self.path = folder / "config.yaml"
        self.runners = []
        self.save(**accounts)

    def save(self, *, url=None, product_type="USDT-FUTURES", coin="BTCUSDT", rules=None, **accounts):
        """Write config.yaml with these accounts: name → key. Without other rules, each has one."""
        url = url or self.simulator.url
        named = (ACCOUNT.format(name=name, url=url, key=key) for name, key in accounts.items())
        rules = rules or "".join(RULE.format(name=name) for name in accounts)
        facts = {"product_type": product_type, "coin": coin}
        text = CONFIG.format(ledger=self.ledger, accounts="".join(named), rules=rules, **facts)
        self.path.write_text(text)

    def ask(self, account, target, runner=None, symbol="ETHUSDT"):
        """The receipt of an alert for that account, by its name."""
        return self.signal(target, runner, symbol, account=account)

    def in_flight(self, account, target, runner=None, symbol="ETHUSDT"):
        """The receipt of an order that was accepted, and whose effect no read shows yet."""
        self.exchange.stale_ms = 60_000
        receipt = self.ask(account, target, runner, symbol)
        self.wait_for(lambda: self.order(receipt).state.value == "accepted")
        return receipt

    def restart(self, **accounts):
        """End the process, and start one with another config.yaml."""
        self.runners.pop().stop(drain_seconds=0)
        self.save(**accounts)
        return self.run()
