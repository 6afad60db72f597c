"""What the demo plays on: a simulated Bitget in this process, the real server in another, and a sender of alerts."""

import ctypes
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import requests

from executor.errors import ExecutorError
from executor.simulator import AccountSettings, Settings, start_simulator

START_SECONDS = 30
END_SECONDS = 20
SYMBOL = "ETHUSDT"
PR_SET_PDEATHSIG = 1  # Linux, prctl(2)
CONFIG = """\
version: 1
ledger: {ledger}
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
  - name: scale-out
    when: {{strategy: scale-out}}
    accounts: [partial]
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
    reversal: {{size: "{{{{ contracts }}}}"}}
  - name: net
    when: {{strategy: net}}
    accounts: [one-way]
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
"""


class ServerEnded(ExecutorError):
    """The demo's server is not there, or not any more."""

    def __init__(self, what: str, log: str) -> None:
        super().__init__(f"{what}; its last words:\n{log[-2000:]}")


class Scene:
    """Between `with` and its end everything runs; afterwards, however it ended, nothing does."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.secret = secret
        self.config = folder / "config.yaml"
        self._log = folder / "server.log"
        self._receipts: set[str] = set()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._simulator = start_simulator(_holdings())
            stack.callback(self._simulator.stop)
            self._http = stack.enter_context(requests.Session())
            self._http.trust_env = False
            ledger = json.dumps(f"sqlite:///{self.config.parent}/demo.db")
            self.config.write_text(CONFIG.format(ledger=ledger, url=self._simulator.url))
            self._server, self._deadline = self._start(), time.monotonic() + START_SECONDS
            stack.callback(self._end)
            self.url = self._listening_at()
            self._wait_for_positions()
            self._ending = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def post(self, alert: dict[str, Any]) -> requests.Response:
        """Send an alert as TradingView does, and wait for its outcome."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Prefer": "wait=10"}
        answer = self._http.post(f"{self.url}/hook/tradingview", json.dumps(alert), headers=headers, timeout=15)
        self._receipts |= {answer.json().get("receipt")} - {None}
        return answer

    def receipts(self) -> set[str]:
        """Those given so far."""
        return set(self._receipts)

    def journal(self) -> list[dict[str, Any]]:
        """Every order that the exchange has received."""
        with self._simulator.exchange.lock:
            return [dict(entry) for entry in self._simulator.exchange.journal]

    def held(self, account: str) -> dict[str, str]:
        with self._simulator.exchange.lock:
            return self._simulator.exchange.accounts[account].sizes(SYMBOL)

    def curl(self) -> str:
        """A line for the shell that turns the first account back."""
        alert = {"secret": self.secret, "strategy": "trend", "ticker": "ETHUSDT.P", "market_position": "long"}
        return f"curl -H 'Prefer: wait=5' -d {shlex.quote(json.dumps(alert))} \\\n  {self.url}/hook/tradingview"

    def wait(self) -> None:
        """Until Ctrl-C. ServerEnded if the server does not last as long."""
        try:
            code = self._server.wait()
        except KeyboardInterrupt:
            return
        raise ServerEnded(f"the server ended by itself, with exit code {code}", self._log.read_text())

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "executor", "--config", str(self.config), "serve", "--bind", "127.0.0.1:0"]
        with self._log.open("w") as log:
            environ = os.environ | {"DEMO_SECRET": self.secret}
            return subprocess.Popen(  # noqa: S603 - our own command
                command, env=environ, stdout=log, stderr=log, preexec_fn=_ending_with_us()
            )

    def _end(self) -> None:
        self._server.terminate()
        try:
            self._server.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def _listening_at(self) -> str:
        while True:
            if found := re.search(r"Listening at: (http://[\d.:]+)", self._log.read_text()):
                return found[1]
            self._pause()

    def _wait_for_positions(self) -> None:
        """Until every account has been read once, so that the times shown are those of a server that is warm."""
        while not self._has_read_positions():
            self._pause()

    def _has_read_positions(self) -> bool:
        try:
            ready = self._http.get(f"{self.url}/health/ready", timeout=START_SECONDS).json()
        except requests.ConnectionError:  # gunicorn listens before its worker starts, and hangs up if that fails
            return False
        return all(state == "ok" for state in ready["accounts"].values())

    def _pause(self) -> None:
        if self._server.poll() is not None or time.monotonic() > self._deadline:
            raise ServerEnded("the demo's server did not start", self._log.read_text())
        time.sleep(0.02)


def _ending_with_us() -> Callable[[], object] | None:
    """What makes a new process end with this one even if that is killed, where the system can do so."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    return prctl and (lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM))


def _holdings() -> Settings:
    return Settings(
        accounts=(
            AccountSettings("hedge", positions={(SYMBOL, "long"): Decimal(10)}),
            AccountSettings("partial", positions={(SYMBOL, "long"): Decimal(20)}),
            AccountSettings("one-way", mode="one_way_mode", positions={(SYMBOL, "long"): Decimal(5)}),
        )
    )
