"""Alerts that are sent and sent again as TradingView does it.

Source: TradingView, "Webhooks" and "I did not receive a webhook": it waits three seconds for an answer, and sends again
five seconds after a 5xx that is not 504, three times at most. After a timeout or a broken connection it does not.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

ANSWER_SECONDS = 3
AGAIN_SECONDS = 5
MOST_SENDS = 4


@dataclass
class Sent:
    """One alert: its lane, how each of its sends was answered, and its receipt if it was acknowledged."""

    symbol: str
    answers: list[str] = field(default_factory=list)
    receipt: str = ""


class Resending(threading.Thread):
    """Sends alerts at a rate to `url`, each from a thread of its own, until it is stopped or has no more."""

    def __init__(
        self, url: str, authority: str, rate: float, symbols: list[str], alert: Callable[[str], Mapping[str, Any]]
    ) -> None:
        super().__init__(daemon=True)
        self.url, self.authority, self.rate, self.symbols, self.alert = url, authority, rate, symbols, alert
        self.sent: list[Sent] = []
        self._enough = threading.Event()

    def stop(self) -> None:
        """Send no new alert; returns once every alert is acknowledged or given up."""
        self._enough.set()
        self.join()

    @property
    def refused(self) -> list[Sent]:
        """Alerts that wait until they are sent again."""
        answered = [sent for sent in self.sent if sent.answers and len(sent.answers) < MOST_SENDS]
        return [sent for sent in answered if sent.answers[-1].startswith("5")]

    def run(self) -> None:
        started, threads = time.monotonic(), []
        for number, symbol in enumerate(self.symbols):
            if self._enough.wait(max(0.0, started + number / self.rate - time.monotonic())):
                break
            self.sent.append(Sent(symbol))
            threads.append(threading.Thread(target=self._send, args=(self.sent[-1],)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _send(self, sent: Sent) -> None:
        body = self.alert(sent.symbol)
        for _ in range(MOST_SENDS):
            status = self._answer(sent, body)
            if status < 500 or status == 504:
                return
            time.sleep(AGAIN_SECONDS)

    def _answer(self, sent: Sent, body: Mapping[str, Any]) -> int:
        """The status; 0 if there was no answer in time."""
        with requests.Session() as session:
            session.trust_env, session.verify = False, self.authority
            try:
                answer = session.post(self.url, json=body, timeout=ANSWER_SECONDS)
            except requests.RequestException as error:
                sent.answers.append(type(error).__name__)
                return 0
        sent.answers.append(str(answer.status_code))
        if answer.ok:
            sent.receipt = answer.json()["receipt"]
        return answer.status_code
