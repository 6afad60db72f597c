"""The demo's cases: what is sent, what is announced, and what happened instead if it did not."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from executor.cli.demo_scene import Scene

TREND = {"strategy": "trend", "ticker": "ETHUSDT.P", "interval": "60", "close": 1834.2}
PARTIAL = {"strategy": "partial", "ticker": "ETHUSDT.P", "contracts": 3}
ONE_WAY = {"strategy": "one-way", "ticker": "ETHUSDT.P"}


@dataclass(frozen=True)
class Case:
    """`request` are the fields that must reach the exchange, None if nothing may; `absent` must not be in it."""

    title: str
    account: str
    alert: dict[str, Any]
    status: int
    after: dict[str, str]
    state: str | None = None
    request: dict[str, str] | None = None
    absent: tuple[str, ...] = ()
    good_secret: bool = True


CASES = (
    Case("a reversal", "hedge", TREND | {"market_position": "short", "n": 1}, 200, {"short": "10"}, "confirmed",
         {"side": "buy", "tradeSide": "open", "size": "10"}),
    Case("its resend", "hedge", TREND | {"market_position": "short", "n": 1}, 200, {"short": "10"}, "confirmed"),
    Case("a repeat on the right side", "hedge", TREND | {"market_position": "short", "n": 2}, 200, {"short": "10"},
         "unneeded"),
    Case("a bad secret", "hedge", TREND | {"market_position": "long"}, 401, {"short": "10"}, good_secret=False),
    Case("a partial reversal, hedge mode", "partial", PARTIAL | {"market_position": "short"}, 200,
         {"long": "17", "short": "3"}, "confirmed", {"side": "buy", "tradeSide": "open", "size": "3"}),
    Case("one-way mode", "one-way", ONE_WAY | {"market_position": "short"}, 200, {"short": "5"}, "confirmed",
         {"side": "sell"}, ("tradeSide", "size")),
)  # fmt: skip


@dataclass
class Happened:
    """A case's outcome, in words for the table; `differences` is empty if all went as announced."""

    alert: str
    request: str
    position: str
    differences: list[str] = field(default_factory=list)


def carry_out(case: Case, scene: Scene) -> Happened:
    before, seen = scene.held(case.account), len(scene.journal())
    secret = scene.secret if case.good_secret else "not-the-secret-at-all"
    sent_at = time.time()
    answer = scene.post({"secret": secret} | case.alert)
    orders = answer.json().get("orders") or [{}]
    left, after = scene.journal()[seen:], scene.held(case.account)
    state = orders[0].get("state")
    rule = orders[0].get("rule")
    wants = f"{case.alert['strategy']} → {case.alert['market_position']}"
    return Happened(
        alert=f"{wants}\nHTTP {answer.status_code}" + (f", rule {rule}: {state}" if rule else ""),
        request="\n".join(_request(entry, sent_at) for entry in left) or "nothing",
        position=f"{_held(before)}\n→ {_held(after)}",
        differences=list(_differences(case, answer.status_code, state, left, after)),
    )


def _differences(case: Case, status: int, state: str | None, left: list[dict[str, Any]], after: dict[str, str]) -> Any:
    bodies = [entry["body"] for entry in left]
    if status != case.status:
        yield f"announced HTTP {case.status}, answered {status}"
    if state != case.state:
        yield f"announced {case.state}, ended {state}"
    if after != case.after:
        yield f"announced {_held(case.after)}, holds {_held(after)}"
    if len(bodies) != (case.request is not None):
        yield f"announced {int(case.request is not None)} requests, {len(bodies)} left"
    for body in bodies:
        wrong = {name: body.get(name) for name, value in (case.request or {}).items() if body.get(name) != value}
        wrong |= {name: body[name] for name in case.absent if name in body}
        if wrong:
            yield f"announced {case.request}, sent {wrong}"


def _request(entry: dict[str, Any], sent_at: float) -> str:
    fields = {name: entry["body"][name] for name in ("side", "tradeSide", "size") if name in entry["body"]}
    milliseconds = (entry["at"] - sent_at) * 1000
    return f"{entry['endpoint']}\n{json.dumps(fields)}\n{milliseconds:.1f} ms after the alert"


def _held(legs: dict[str, str]) -> str:
    return ", ".join(f"{leg} {size}" for leg, size in legs.items()) or "flat"
