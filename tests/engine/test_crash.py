"""SIGKILL at every write to the ledger and around every send, in a real gunicorn worker."""

import json
import secrets
import time
from decimal import Decimal

import pytest
import requests

from executor.core.order import State
from executor.ledger import open_ledger
from executor.simulator import AccountSettings, Settings, start_simulator
from tests.soak.node import Node

SIGNATURE_SECONDS = 2
CONFIG = """
version: 1
ledger: {ledger}
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}", late_reads: 500ms, answered_doubt: 3s}}
senders:
  tradingview: {{secrets: ["${{CRASH_SECRET}}"]}}
symbols:
  ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT{brakes}}}
rules:
  - {{name: all, when: {{}}, symbol: ETHUSDT, target: "{{{{ target }}}}", reversal: {{size: "{{{{ size }}}}"}}}}
"""
# An order leaves with its alert's acceptance if it can; brakes make it take every step by itself.
AT_ONCE = {"brakes": "", "steps": ["record", "send", "mark_accepted", "settle"]}
BY_STEPS = {
    "brakes": ", brakes: {flips: 100, window: 60s, cooldown: 60s}",
    "steps": ["record", "claim", "mark_sent", "send", "mark_accepted", "settle"],
}
CASES = [(way["brakes"], step, "all") for way in (AT_ONCE, BY_STEPS) for step in way["steps"]]
CASES += [("", "record", "3"), ("", "send", "3"), (BY_STEPS["brakes"], "mark_sent", "3")]


class Scene:
    """A simulator and a node that will fall through its trapdoor."""

    def __init__(self, folder, brakes, step, when):
        self.ledger_url = f"sqlite:///{folder}/ledger.db"
        held = {("ETHUSDT", "long"): Decimal(10)}
        self.simulator = start_simulator(
            Settings(
                accounts=(AccountSettings("main", positions=held),),
                rate_limits=False,
                signature_lifetime_ms=SIGNATURE_SECONDS * 1000,
            )
        )
        if step == "mark_accepted":  # a step of its own only if the end does not follow soon
            self.simulator.exchange.stale_ms = 2000
        config = folder / "config.yaml"
        config.write_text(CONFIG.format(ledger=self.ledger_url, url=self.simulator.url, brakes=brakes))
        self.secret, self.fallen = secrets.token_hex(16), folder / "fallen"
        environ = {
            "CRASH_SECRET": self.secret,
            "EXECUTOR_CONFIG": str(config),
            "SOAK_SIGNATURE_SECONDS": str(SIGNATURE_SECONDS),
            "CRASH_AT": f"{step}:{when}",
            "CRASH_ONCE": str(self.fallen),
        }
        self.node = Node(folder, "node", environ, workers=1, app="tests.engine.crashing:create_app()")
        while "ok" not in requests.get(f"{self.node.url}/health/ready", timeout=5).json()["accounts"].values():
            time.sleep(0.05)

    def send(self, alert):
        """As TradingView does: again while there is no answer. The receipt."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                answer = requests.post(f"{self.node.url}/hook/tradingview", json.dumps(alert), timeout=5)
            except requests.RequestException:
                time.sleep(0.1)
                continue
            assert answer.status_code in (200, 202), answer.text
            return answer.json()["receipt"]
        raise AssertionError("the alert was never taken")

    def close(self):
        self.node.stop()
        self.simulator.stop()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("brakes", "step", "size"), CASES)
def test_a_kill_at_any_step_loses_nothing_and_repeats_nothing(brakes, step, when, size, tmp_path):
    scene = Scene(tmp_path, brakes, step, when)
    try:
        receipt = scene.send({"secret": scene.secret, "target": "short", "size": size})
        ledger = open_ledger(scene.ledger_url)
        deadline = time.monotonic() + 25
        while not (order := ledger.queries.receipt(receipt).orders[0]).state.final or not scene.fallen.exists():
            assert time.monotonic() < deadline, (order.state, order.reason, scene.node.log.read_text()[-2000:])
            time.sleep(0.05)
        ledger.close()
        executed = [entry for entry in scene.simulator.exchange.journal if entry["executed"]]
        assert order.state is State.CONFIRMED
        assert len(executed) == 1
        held = {"short": "10"} if size == "all" else {"long": "7", "short": "3"}
        assert scene.simulator.exchange.accounts["main"].sizes("ETHUSDT") == held
    finally:
        scene.close()
