"""A real server under gunicorn in front of a real simulator, each reached over HTTP."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import requests

from executor.simulator import AccountSettings, Settings, start_simulator

ROOT = Path(__file__).parents[1]
NET = """
  net:
    venue: simulator
    position_mode: one-way
    base_url: "{url}"
  swapped:
    venue: simulator
    position_mode: one-way
    base_url: "{url}"
"""
RULES = """
  - name: net
    when: {{strategy: net}}
    accounts: [net]
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
  - name: swapped
    when: {{strategy: swapped}}
    accounts: [swapped]
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
"""


class Served:
    """The shipped config.yaml, with more accounts and rules, served by `command`.

    `monitor` are the headers of who may read how it stands.
    """

    monitor: Mapping[str, str] = MappingProxyType({})

    def __init__(self, folder, command):
        self.folder, self.secret = folder, secrets.token_hex(16)
        self.simulator = start_simulator(self.exchange())
        self.config = folder / "config.yaml"
        self.config.write_text(self.text())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        bind = "{}:{}".format(*self.address)
        self.url = f"http://{bind}"
        self.http = requests.Session()
        self.http.trust_env = False
        self.log = folder / "server.log"
        self.environ = self.secrets() | {"EXECUTOR_CONFIG": str(self.config), "EXECUTOR_BIND": bind}
        self.command = command(bind, self.config)
        self.start()
        try:
            self.wait_until_ready()
        except AssertionError:
            self.stop()
            raise

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=os.environ | self.environ, stdout=log, stderr=log
            )

    def restart(self):
        """As systemd does it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.start()
        self.wait_until_ready()

    def wait_until_ready(self):
        self.wait_for(lambda: self.ready().get("accounts", {}).get("main") == "ok", 60)

    def exchange(self):
        """What the simulator is set to."""
        held = {("ETHUSDT", "long"): Decimal(10), ("BTCUSDT", "long"): Decimal(1)}
        accounts = (
            AccountSettings("main", positions=held),
            AccountSettings("net", mode="one_way_mode", positions=held),
            AccountSettings("swapped", positions=held),
        )
        return Settings(accounts=accounts, rate_limits=False)

    def secrets(self):
        """What config.yaml refers to."""
        return {"ALERT_SECRET": self.secret}

    def text(self):
        url = self.simulator.url
        text = (ROOT / "config.yaml").read_text()
        text = text.replace("sqlite:///executor.db", f"sqlite:///{self.folder}/ledger.db")
        text = text.replace("    venue: simulator ", f'    base_url: "{url}"\n    venue: simulator ')
        text = text.replace("\nsenders:", NET.format(url=url).rstrip() + "\n\nsenders:")
        text = text.replace("\ntests:", RULES.format().rstrip() + "\n\ntests:")
        return text.replace("    symbol: BTCUSDT\n", "    accounts: [main]\n    symbol: BTCUSDT\n").replace(
            '    symbol: "{{ ticker }}"\n    target: "{{ market_position }}"    #',
            '    accounts: [main]\n    symbol: "{{ ticker }}"\n    target: "{{ market_position }}"    #',
        )

    def ready(self):
        try:
            return self.http.get(f"{self.url}/health/ready", headers=self.monitor, timeout=2).json()
        except requests.RequestException:
            return {}

    def complaint(self):
        """What is wrong with the configuration, once the server tells."""
        return self.wait_for(self.ready)["config"]["complaint"]

    def post(self, body, path="/hook/tradingview", wait=None, **headers):
        if wait is not None:
            headers["Prefer"] = f"wait={wait}"
        if isinstance(body, dict):
            body = json.dumps(body)
        return self.http.post(self.url + path, body, headers=headers, timeout=40)

    def alert(self, market_position, strategy="trend", **fields):
        """An alert as the shipped config.yaml wants it."""
        return {
            "secret": self.secret,
            "strategy": strategy,
            "ticker": "ETHUSDT.P",
            "interval": "60",
            "close": 1834.2,
            "market_position": market_position,
            "n": secrets.token_hex(4),
        } | fields

    def journal(self, account="main"):
        return [entry for entry in list(self.simulator.exchange.journal) if entry["account"] == account]

    def held(self, account="main"):
        return self.simulator.exchange.accounts[account].sizes("ETHUSDT")

    def wait_for(self, condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.02)
        return found

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.http.close()
        self.simulator.stop()
        return code


def by_command(bind, config):
    return [sys.executable, "-m", "executor", "--config", str(config), "serve", "--bind", bind]


def by_gunicorn(bind, config):
    return [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "executor.web:create_app()"]
