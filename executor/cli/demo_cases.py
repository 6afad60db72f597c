"""The demo's cases: what is sent, what is announced, and what happened."""

import time
from dataclasses import dataclass, fields
from typing import Any

import requests

from executor.cli.demo_scene import Scene

TREND = {"strategy": "trend", "ticker": "ETHUSDT.P", "interval": "60", "close": 1834.2, "market_position": "short"}
SCALE_OUT = {"strategy": "scale-out", "ticker": "ETHUSDT.P", "market_position": "short", "contracts": 3}
NET = {"strategy": "net", "ticker": "ETHUSDT.P", "market_position": "short"}
NOTHING = "nothing"
AGAIN = "the first receipt again"


@dataclass(frozen=True)
class Told:
    """One case in the words of the table, announced or as it happened; the two are compared word for word."""

    answer: str
    sent: str  # what reached the exchange: endpoint and fields
    position: str  # before → after


@dataclass(frozen=True)
class Case:
    """One alert, for the account it is about."""

    title: str
    account: str
    alert: dict[str, Any]
    announced: Told
    stranger: bool = False  # the sender does not know the secret


@dataclass(frozen=True)
class Happened:
    """What became of a case. `seconds` from sending the alert to the order's arrival at the exchange, if it came."""

    told: Told
    seconds: float | None

    def differs(self, case: Case) -> set[str]:
        """The names of what went other than announced."""
        names = (each.name for each in fields(Told))
        return {name for name in names if getattr(self.told, name) != getattr(case.announced, name)}


CASES = (
    Case("a reversal", "hedge", TREND, Told(
        "200, rule trend: confirmed", "click-backhand: side buy, tradeSide open, size 10", "long 10 → short 10")),
    Case("the same alert again, byte for byte", "hedge", TREND, Told(
        f"200, {AGAIN}", NOTHING, "short 10 → short 10")),
    Case("a new alert for the side that is held", "hedge", TREND | {"close": 1829.7}, Told(
        "200, rule trend: unneeded", NOTHING, "short 10 → short 10")),
    Case("a stranger without the secret", "hedge", TREND | {"market_position": "long"}, Told(
        "401", NOTHING, "short 10 → short 10"), stranger=True),
    Case("hedge mode: only 3 of a long 20", "partial", SCALE_OUT, Told(
        "200, rule scale-out: confirmed", "click-backhand: side buy, tradeSide open, size 3",
        "long 20 → long 17, short 3")),
    Case("one-way mode: no tradeSide, no size", "one-way", NET, Told(
        "200, rule net: confirmed", "click-backhand: side sell", "long 5 → short 5")),
)  # fmt: skip


def carry_out(case: Case, scene: Scene) -> Happened:
    """Send the case's alert and wait for its outcome."""
    before, seen, known = scene.held(case.account), len(scene.journal()), scene.receipts()
    sent_at = time.time()
    answer = scene.post({"secret": "let-me-in" if case.stranger else scene.secret} | case.alert)
    left = scene.journal()[seen:]
    told = Told(
        answer=_answer(answer, known),
        sent="; ".join(map(_request, left)) or NOTHING,
        position=f"{_legs(before)} → {_legs(scene.held(case.account))}",
    )
    return Happened(told, left[0]["at"] - sent_at if left else None)


def _answer(answer: requests.Response, known: set[str]) -> str:
    body = answer.json()
    if body.get("receipt") in known:
        return f"{answer.status_code}, {AGAIN}"
    ends = [f"rule {order['rule']}: {order.get('state', 'not ended')}" for order in body.get("orders", ())]
    return ", ".join([str(answer.status_code), *ends])


def _request(entry: dict[str, Any]) -> str:
    chosen = [f"{name} {entry['body'][name]}" for name in ("side", "tradeSide", "size") if name in entry["body"]]
    return f"{entry['endpoint']}: {', '.join(chosen)}"


def _legs(legs: dict[str, str]) -> str:
    return ", ".join(f"{leg} {size}" for leg, size in legs.items()) or "flat"
