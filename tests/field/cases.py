"""What senders really send, and what has to come of it: each case has an account and a rule of its own."""

from dataclasses import dataclass, field
from typing import Any

NOW = "<now>"  # as a field of an alert: the moment at which the case begins, in whole seconds


@dataclass(frozen=True)
class Case:
    """Alerts in this order, each sent `pause` seconds after the one before it was answered, and what is held then.

    `ends` are the states of the orders. `fault` strikes the case's account.
    """

    name: str
    rule: str
    alerts: tuple[dict[str, Any], ...]
    position: dict[str, str]
    held: dict[str, str]
    ends: tuple[str, ...]
    mode: str = "hedge"
    pause: float = 0.0
    fault: str = ""
    requests: tuple[str, ...] | None = None
    words: dict[str, str] = field(default_factory=dict)


STATED = """
    symbol: "{{ ticker }}"
    target: "{{ market_position }}"
    time: "{{ at }}"
"""


def stated(*targets, at=NOW, ticker="ETHUSDT.P"):
    return tuple({"ticker": ticker, "market_position": target, "at": at} for target in targets)


IGNORED = (
    Case(
        name="an ignored flat takes no waiting place",
        rule=STATED,
        alerts=stated("short", "long", "flat"),
        position={"long": "21"},
        fault="click-backhand:delay:ms=500:times=1",
        held={"long": "21"},
        ends=("confirmed", "confirmed", "unneeded"),
    ),
)
CASES = IGNORED
