"""A server full of canaries, driven through everything that can go right or wrong; all that it says is kept."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import sys
import time
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from executor.simulator import AccountSettings, Settings
from tests.canary.commands import Commands
from tests.canary.config import CONFIG, ECHOES, TARGETS
from tests.canary.echo import Echo
from tests.canary.planted import Planted
from tests.served import Served
from tests.web.wire import http, say


class Stage(Commands, Served):
    """Keeps every answer, everything that a command says, and the command line of every process."""

    def __init__(self, folder):
        self.planted, self.answers, self.commands, self.processes = Planted(), [], [], set()
        self.receipts, self.complaints = [], []
        self.monitor = {"Authorization": f"Bearer {self.planted.metrics_token}"}
        super().__init__(folder, self.command)
        self.http.hooks["response"].append(lambda answer, **_: self.keep(answer))

    def command(self, bind, config):
        return [sys.executable, "-m", "tests.canary.crashing", "--config", str(config), "serve", "--bind", bind]

    def exchange(self):
        planted = self.planted
        held = {(symbol, "long"): Decimal(10) for symbol in TARGETS}
        account = AccountSettings(planted.api_key, planted.api_secret, planted.api_passphrase, positions=held)
        return Settings(accounts=(account,), demo=True, rate_limits=False)

    def secrets(self):
        return self.planted.environ

    def text(self):
        self.echo = Echo(self.simulator.url)
        self.echo.ways |= ECHOES
        symbols = "\n".join(f"  {name}: {{product_type: USDT-FUTURES, margin_coin: USDT}}" for name in TARGETS)
        return CONFIG.format(folder=self.folder, exchange=self.echo.url, inline=self.planted.inline, symbols=symbols)

    def keep(self, answer):
        headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
        self.answers.append(f"{answer.request.method} {answer.status_code} {headers} {answer.text}")

    def stop(self):
        code = super().stop()
        self.echo.stop()
        return code

    # Alerts.

    def body(self, **fields):
        return {
            "strategy": "trend",
            "ticker": "SYM0USDT",
            "market_position": "short",
            "n": secrets.token_hex(4),
        } | fields

    def take(self, answer, status=(200, 202)):
        assert answer.status_code in (status if isinstance(status, tuple) else (status,)), answer.text
        if answer.status_code in (200, 202):
            self.receipts.append(answer.json()["receipt"])
        return answer

    def by_path(self, fields, status=(200, 202), wait=None):
        path = f"/hook/path/{quote(self.planted.path_secret, safe='')}"
        return self.take(self.post(fields, path, wait), status)

    def signed(self, fields):
        body, at = json.dumps(fields), str(int(time.time()))
        key = base64.b64decode(self.planted.signing_secret.removeprefix("whsec_"))
        digest = hmac.digest(key, f"m{at}.{at}.{body}".encode(), hashlib.sha256)
        signature = base64.b64encode(digest).decode()
        self.planted.derived["an alert's signature"] = signature
        headers = {"webhook-id": f"m{at}", "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
        return self.post(body, "/hook/signature", **headers)

    def send_every_way(self):
        planted = self.planted
        self.take(self.post(self.body(secret=planted.body_secret), "/hook/body", wait=10))
        self.take(self.post(self.body(secret=planted.old_body_secret), "/hook/body", wait=10))
        self.take(self.post(self.body(secret=planted.inline), "/hook/inline", wait=10))
        self.take(self.post(self.body(a=1), "/hook/bearer", wait=10, Authorization=f"Bearer {planted.bearer_secret}"))
        self.take(self.signed(self.body(b=1)))
        strays = [planted.body_secret, planted.inline, planted.api_key, planted.api_secret, planted.api_passphrase]
        self.by_path(self.body(note=" ".join(strays), secret=planted.body_secret))
        self.by_path(self.body(c=planted.path_secret, d=[{planted.path_secret: planted.path_secret}]), wait=10)

    def be_refused(self):
        planted = self.planted
        mine = quote(planted.path_secret, safe="")
        for path in (f"/hook/{mine}", f"/hook/body/{mine}", f"/hook/{mine}/{mine}/x", f"/{mine}", f"/receipts/{mine}"):
            self.post(self.body(secret=planted.bearer_secret), path)
            self.http.get(self.url + path)
            self.http.get(f"{self.url}{path}?secret={mine}")
        for headers in (
            {"Authorization": f"Basic {planted.bearer_secret}"},
            {"Content-Encoding": planted.bearer_secret},
        ):
            self.post(self.body(), "/hook/bearer", **headers)
        self.by_path(json.dumps(self.body(note=planted.path_secret)) + "}", 400)
        self.by_path(f"{planted.path_secret}", 400)
        self.by_path({"note": planted.path_secret}, 422)
        self.by_path(self.body(strategy=planted.path_secret), 422)
        self.by_path(self.body(ticker=planted.path_secret), 422)
        self.by_path(self.body(market_position=planted.path_secret), 422)
        self.by_path(planted.path_secret * 9000, 413)
        for line in (f"POST /hook/body/{mine} HTTP/9", f"{mine} / HTTP/1.1", f"POST /{mine} {mine}"):
            self.answers.append(say(self.url, http(b"", line=line)).raw.decode())
        for header in (
            f"A B: {mine}",
            f"Authorization: Bearer {mine}\0",
            mine,
            f"Content-Length: {mine}",
            f"Expect: {mine}",
        ):
            self.answers.append(say(self.url, http(b"", header)).raw.decode())

    def meet_the_exchange(self):
        """Orders that end, and orders that stay in doubt."""
        for symbol in ECHOES:
            self.by_path(self.body(ticker=symbol))
        self.wait_for(lambda: len(self.sent()) == len(ECHOES), 15)

    def sent(self):
        rows = [self.http.get(f"{self.url}/receipts/{receipt}").json() for receipt in self.receipts[-len(ECHOES) :]]
        return [row for row in rows if row["orders"][0]["sends"] and row["orders"][0]["sends"][0]["outcome"]]

    def crash(self):
        self.by_path(self.body(crash="request"), 500)
        self.by_path(self.body(ticker="SYM99USDT"))
        self.wait_for(lambda: "lane failed" in (self.folder / "server.log").read_text())

    # Everything else.

    def operate(self):
        """The operator's pages, with the session's cookie kept from the answers."""
        planted, cookies = self.planted, {}

        def ask(method, path, **keys):
            headers = {"X-Forwarded-For": "203.0.113.9", "X-Proxy-Secret": planted.proxy_secret} | keys.pop(
                "headers", {}
            )
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
            answer = self.http.request(
                method, self.url + path, headers=headers, allow_redirects=False, timeout=20, **keys
            )
            cookies.update(re.findall(r"([\w-]+)=([^;]+)", answer.headers.get("Set-Cookie", ""))[:1])
            return answer

        def form(path, page="/", **fields):
            token = re.search(r'name="csrf_token" value="([^"]+)"', ask("GET", page).text)[1]
            return ask("POST", path, data=fields | {"csrf_token": token})

        form("/login", "/login", password=planted.bearer_secret)
        ask("POST", "/login", data={"password": planted.password})  # without the form's token
        assert form("/login", "/login", password=planted.password).status_code == 303
        planted.derived["the session's cookie"] = next(reversed(cookies.values()))[-24:]
        assert ask("GET", "/").status_code == 200
        form("/halt", account="main", reason="a test", lasts="for 15 minutes")
        ask("GET", "/")
        form("/resume", account="main")
        for page in ("/metrics", "/receipts/x", "/nowhere"):
            ask("GET", page)
            ask("GET", page, headers={"Authorization": f"Bearer {planted.metrics_token}"})
            ask(
                "GET", f"{page}?token={quote(planted.metrics_token)}", headers={"X-Proxy-Secret": planted.metrics_token}
            )

    def look_around(self):
        for path in ("/health/live", "/health/ready", "/metrics", "/", "/login", "/openapi.json"):
            self.http.get(self.url + path)
            self.http.get(self.url + path, headers=self.monitor)
        for receipt in self.receipts:
            self.http.get(f"{self.url}/receipts/{receipt}")

    def save(self, text):
        """A broken config.yaml, and what the server says of it."""
        before = self.ready()["config"]["complaint"]
        self.config.write_text(text)
        self.complaints.append(self.wait_for(lambda: (told := self.ready()["config"]["complaint"]) != before and told))

    def watch_processes(self):
        """The command lines of the server and its workers, as every user of the machine can read them."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if str(self.config) in line:
                self.processes.add(line)

    def ledger(self):
        """Every byte of the ledger's files, whatever the encoding."""
        files = sorted(self.folder.glob("ledger.db*"))
        return "\n".join(file.read_bytes().decode("latin-1") for file in files)
