"""How big the executor under test is: its config.yaml, and the alerts that fit it."""

import json
import secrets
from dataclasses import dataclass

from tests.bench.sender import Alert

SECRET = secrets.token_hex(16)


@dataclass(frozen=True)
class Shape:
    """So many of each. Every account has all symbols; the rules are shared among the accounts."""

    symbols: int = 100
    rules: int = 10
    accounts: int = 1

    @property
    def lanes(self):
        return self.accounts * self.symbols

    def config(self, ledger_url, exchange_url):
        """The text of a config.yaml."""
        account = {"venue": "simulator", "position_mode": "hedge", "base_url": exchange_url, "rate_limit": 1000}
        config = {
            "version": 1,
            "ledger": ledger_url,
            "accounts": {f"a{number}": account for number in range(self.accounts)},
            "senders": {"bench": {"secrets": [SECRET]}},
            "symbols": {symbol: {"product_type": "USDT-FUTURES", "margin_coin": "USDT"} for symbol in self._symbols()},
            "rules": [self._rule(number) for number in range(self.rules)],
        }
        return json.dumps(config, indent=1)  # which is YAML, and faster to write

    def _symbols(self):
        return [f"S{number}USDT" for number in range(self.symbols)]

    def _rule(self, number):
        return {
            "name": f"rule-{number}",
            "when": {"sender": "bench", "strategy": f"s{number}", "close": {"gt": 0}},
            "accounts": [f"a{number % self.accounts}"],
            "symbol": "{{ symbol }}",
            "target": "{{ market_position }}",
        }

    def alerts(self):
        """Endless alerts, lane after lane; each asks for the side that its lane is not on if all before it ran."""
        run = secrets.token_hex(4)  # no alert is ever a repetition, not even on a ledger that has seen another run
        lanes = [(account, symbol) for symbol in self._symbols() for account in range(self.accounts)]
        number = 0
        while True:
            account, symbol = lanes[number % len(lanes)]
            target = "long" if number // len(lanes) % 2 else "short"
            yield self._alert(f"{run}-{number}", number, account, symbol, target)
            number += 1

    def _alert(self, alert_id, number, account, symbol, target):
        mine = range(account, self.rules, self.accounts)  # the rules that lead to this account
        body = {
            "secret": SECRET,
            "strategy": f"s{mine[number % len(mine)]}",
            "account": f"a{account}",
            "symbol": symbol,
            "interval": "60",
            "close": 1834.2,
            "market_position": target,
            "id": alert_id,
        }
        return Alert((f"a{account}", symbol), json.dumps(body).encode())
