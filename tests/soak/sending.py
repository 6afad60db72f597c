"""Sends alerts as TradingView does, and more stubbornly."""

import json
import random
import threading
import time
from queue import Empty, SimpleQueue

import requests

SENDERS = 8
TRIES = 60


class Sending:
    """Each alert is sent until it is acknowledged. `came` holds by receipt when it was first sent."""

    def __init__(self, plan, chance, nodes, secret):
        self.plan, self.nodes, self.secret = plan, nodes, secret
        self.came, self.over = {}, threading.Event()
        self._waiting = SimpleQueue()
        for number in range(plan.alerts):
            target, symbol = chance.choice(["long", "short"]), chance.choice(plan.names)
            self._waiting.put({"secret": secret, "n": number, "symbol": symbol, "target": target})
        self._threads = [threading.Thread(target=self._send, args=(seed,)) for seed in range(SENDERS)]

    def run(self):
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()
        self.over.set()

    def _send(self, seed):
        http, chance = requests.Session(), random.Random(self.plan.seed + seed)
        http.trust_env = False
        while True:
            try:
                alert = self._waiting.get_nowait()
            except Empty:
                return http.close()
            time.sleep(max(0.0, self._started + alert["n"] / self.plan.rate - time.monotonic()))
            came = time.time() * 1000
            if receipt := self._acknowledged(http, chance, json.dumps(alert)):
                self.came.setdefault(receipt, came)

    def _acknowledged(self, http, chance, body):
        """The receipt; None after many tries."""
        for _ in range(TRIES):
            try:
                answer = http.post(f"{chance.choice(self.nodes).url}/hook/tradingview", body, timeout=10)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status_code in (200, 202):
                return answer.json()["receipt"]
            assert answer.status_code >= 500, answer.text
            time.sleep(0.2)
        return None
