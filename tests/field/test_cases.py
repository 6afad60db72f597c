"""Each case of `cases`, through a running server on the simulator."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from executor.simulator import AccountSettings, Settings, parse_fault
from tests.field.cases import CASES, NOW, Case
from tests.served import Served, by_command

MODES = {"hedge": "hedge_mode", "one-way": "one_way_mode"}
CONFIG = """
version: 1
ledger: sqlite:///{folder}/ledger.db
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}"}}
{accounts}
senders:
  tv: {{secrets: ["${{ALERT_SECRET}}"]}}
symbols:
  ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT, tickers: [ETHUSDT.P]}}
rules:
{rules}
"""


def named(case):
    return f"case-{CASES.index(case)}"


class Field(Served):
    """One server for all cases."""

    def exchange(self):
        cases = [
            AccountSettings(
                named(case),
                mode=MODES[case.mode],
                positions={("ETHUSDT", leg): Decimal(size) for leg, size in case.position.items()},
            )
            for case in CASES
        ]
        return Settings(accounts=(AccountSettings("main"), *cases), rate_limits=False)

    def text(self):
        accounts, rules = [], []
        for case in CASES:
            name = named(case)
            facts = f'venue: simulator, position_mode: {case.mode}, base_url: "{self.simulator.url}"'
            accounts.append(f"  {name}: {{{facts}}}")
            rules.append(f"  - name: {name}\n    when: {{case: {name}}}\n    accounts: [{name}]\n{case.rule}")
        parts = {"accounts": "\n".join(accounts), "rules": "\n".join(rules)}
        return CONFIG.format(folder=self.folder, url=self.simulator.url, **parts)

    def send(self, case: Case, alert, at):
        body = {key: at if value == NOW else value for key, value in alert.items()}
        answer = self.post(json.dumps({"secret": self.secret, "case": named(case)} | body), "/hook/tv")
        assert answer.status_code in (200, 202), answer.text
        return answer.json()["receipt"]

    def end(self, receipt):
        """The state that the alert's one order has ended in."""

        def found():
            (order,) = self.http.get(f"{self.url}/receipts/{receipt}", timeout=5).json()["orders"]
            return order["state"] not in ("queued", "sent", "accepted", "in_doubt") and order["state"]

        return self.wait_for(found, 20)


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    served = Field(tmp_path_factory.mktemp("field"), by_command)
    yield served
    assert served.stop() == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_of_the_field_ends_well(field, case):
    account = named(case)
    if case.fault:
        field.simulator.exchange.faults.add(parse_fault(f"{case.fault}:account={account}"))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    receipts = []
    for alert in case.alerts:
        receipts.append(field.send(case, alert, at))
        time.sleep(case.pause)
    assert [field.end(receipt) for receipt in receipts] == list(case.ends)
    if case.sent is not None:
        assert [entry["body"] for entry in field.journal(account) if entry["executed"]] == list(case.sent)
    assert {leg: f"{size:f}" for leg, size in held(field, account).items()} == case.held


def held(field, account):
    return {leg: Decimal(size) for leg, size in field.held(account).items() if Decimal(size)}
