"""What the demo plays on: a simulated Bitget in this process, the real server in another, and a sender of alerts."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import requests

from executor.errors import ExecutorError
from executor.simulator import AccountSettings, Settings, start_simulator

START_SECONDS = 20
CONFIG = """\
version: 1
ledger: sqlite:///{folder}/demo.db
accounts:
  hedge: {{venue: simulator, position_mode: hedge, base_url: "{url}"}}
  partial: {{venue: simulator, position_mode: hedge, base_url: "{url}"}}
  one-way: {{venue: simulator, position_mode: one-way, base_url: "{url}"}}
senders:
  tradingview: {{secrets: ["${{DEMO_SECRET}}"]}}
symbols:
  ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT, tickers: [ETHUSDT.P]}}
rules:
  - name: trend
    when: {{strategy: trend}}
    accounts: [hedge]
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
  - name: partial
    when: {{strategy: partial}}
    accounts: [partial]
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
    reversal: {{size: "{{{{ contracts }}}}"}}
  - name: one-way
    when: {{strategy: one-way}}
    accounts: [one-way]
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
"""


class Scene:
    """Between `with` and its end everything runs; afterwards nothing does."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.secret = secret
        self._folder = folder
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> Self:
        eth = "ETHUSDT"
        self._simulator = start_simulator(
            Settings(
                accounts=(
                    AccountSettings("hedge", positions={(eth, "long"): Decimal(10)}),
                    AccountSettings("partial", positions={(eth, "long"): Decimal(20)}),
                    AccountSettings("one-way", mode="one_way_mode", positions={(eth, "long"): Decimal(5)}),
                )
            )
        )
        config = self._folder / "config.yaml"
        config.write_text(CONFIG.format(folder=self._folder, url=self._simulator.url))
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "executor", "--config", str(config), "serve", "--bind", f"127.0.0.1:{port}"]
        self._log = (self._folder / "server.log").open("w")
        environ = os.environ | {"DEMO_SECRET": self.secret}
        self._server = subprocess.Popen(command, env=environ, stdout=self._log, stderr=self._log)  # noqa: S603 - ours
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._log.close()
        self._simulator.stop()
        self._http.close()

    def post(self, alert: dict[str, Any]) -> requests.Response:
        """Send an alert as TradingView does, and wait for its outcome."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Prefer": "wait=10"}
        return self._http.post(f"{self.url}/hook/tradingview", json.dumps(alert), headers=headers, timeout=15)

    def journal(self) -> list[dict[str, Any]]:
        """Every order the exchange has received."""
        return [dict(entry) for entry in self._simulator.exchange.journal]

    def held(self, account: str) -> dict[str, str]:
        return self._simulator.exchange.accounts[account].sizes("ETHUSDT")

    def curl(self) -> str:
        alert = {"secret": self.secret, "strategy": "trend", "ticker": "ETHUSDT.P", "market_position": "long"}
        return f"curl -H 'Prefer: wait=5' -d '{json.dumps(alert)}' {self.url}/hook/tradingview"

    def wait(self) -> None:
        """Until Ctrl-C."""
        try:
            self._server.wait()
        except KeyboardInterrupt:
            return

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                ready = self._http.get(f"{self.url}/health/ready", timeout=2).json()
            except requests.RequestException:
                time.sleep(0.05)
                continue
            if all(state == "ok" for state in ready["accounts"].values()):
                return
            time.sleep(0.05)
        raise ExecutorError(f"the demo's server did not start:\n{(self._folder / 'server.log').read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
