"""What senders really send, and what has to come of it: each case has an account and a rule of its own."""

from dataclasses import dataclass
from typing import Any

NOW = "<now>"  # as a field of an alert: the moment at which the case begins, in whole seconds


@dataclass(frozen=True)
class Case:
    """Alerts in this order, each sent `pause` seconds after the one before it was answered, and what is held then.

    `ends` are the states of the orders. `fault` strikes the case's account.
    `sent` are the bodies of its requests.
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
    sent: tuple[dict[str, str], ...] | None = None


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


def named(*words):
    return tuple({"pair": "ETHUSDT.P", "do": word, "n": number} for number, word in enumerate(words))


NAMED = """
    symbol: "{{ pair }}"
    target: "{{ do }}"
    words: {go_long: long, go_short: short, leave_long: exit-long, leave_short: exit-short}
"""
OPENS = f"""{NAMED.rstrip()}
    when_flat: open
    reversal: {{size: "8"}}
"""
SLOW = "click-backhand:delay:ms=500:times=1"
EXITS = (
    Case(
        name="an exit of the long leaves a short",
        rule=NAMED,
        alerts=named("leave_long"),
        position={"short": "8"},
        held={"short": "8"},
        ends=("unneeded",),
    ),
    Case(
        name="an exit of the long leaves a one-way short",
        mode="one-way",
        rule=NAMED,
        alerts=named("leave_long"),
        position={"short": "8"},
        held={"short": "8"},
        ends=("unneeded",),
    ),
    Case(
        name="an exit of the short closes a one-way short",
        mode="one-way",
        rule=NAMED,
        alerts=named("leave_short"),
        position={"short": "8"},
        held={},
        ends=("confirmed",),
    ),
    Case(
        name="an exit closes one of two legs",
        rule=NAMED,
        alerts=named("leave_long"),
        position={"long": "6", "short": "11"},
        held={"short": "11"},
        ends=("confirmed",),
        sent=({"symbol": "ETHUSDT", "productType": "USDT-FUTURES", "holdSide": "long"},),
    ),
    Case(
        name="an order that closes names its own side",
        rule="""
    symbol: "{{ market }}"
    target: "{{ kind }}-{{ side }}"
    words: {closing-short: exit-long, closing-long: exit-short}
""",
        alerts=({"market": "ETHUSDT", "kind": "closing", "side": "short", "volume": "0.7"},),
        position={"short": "8"},
        held={"short": "8"},
        ends=("unneeded",),
    ),
)
PAIRS = (
    Case(
        name="the exit comes after the entry",
        rule=OPENS,
        alerts=named("go_short", "leave_long"),
        pause=0.3,
        position={"long": "8"},
        held={"short": "8"},
        ends=("confirmed", "unneeded"),
    ),
    Case(
        name="the exit comes before the entry",
        rule=OPENS,
        alerts=named("leave_long", "go_short"),
        pause=0.3,
        position={"long": "8"},
        held={"short": "8"},
        ends=("confirmed", "confirmed"),
    ),
    Case(
        name="the exit comes while the entry is under way",
        rule=OPENS,
        alerts=named("go_short", "leave_long"),
        fault=SLOW,
        position={"long": "8"},
        held={"short": "8"},
        ends=("confirmed", "unneeded"),
    ),
    Case(
        name="the exit of an entry that is under way runs after it",
        rule=NAMED,
        alerts=named("go_short", "leave_short"),
        fault=SLOW,
        position={"long": "8"},
        held={},
        ends=("confirmed", "confirmed"),
    ),
    Case(
        name="the exit of an entry that waits closes what that would have turned",
        rule=NAMED,
        alerts=named("go_short", "go_long", "leave_long"),
        fault="click-backhand:delay:ms=3000:times=1",
        position={"long": "8"},
        held={},
        ends=("confirmed", "superseded", "confirmed"),
    ),
)
TURN = """
    symbol: "{{ ticker }}"
    target: "{{ to }}"
    from: "{{ was }}"
    time: "{{ at }}"
    on_flat_target: close
    when_flat: open
    reversal: {size: "8"}
"""
OUT = {"ticker": "ETHUSDT.P", "to": "flat", "was": "long", "at": NOW}
IN = {"ticker": "ETHUSDT.P", "to": "short", "was": "flat", "at": NOW}
FLIP = IN | {"was": "long"}


def turn(name, *alerts, ends, **more):
    position, held = {"long": "8"}, {"short": "8"}
    return Case(name=name, rule=TURN, alerts=alerts, position=position, held=held, ends=ends, **more)


TURNS = (
    turn("out, then in", OUT, IN, pause=0.5, ends=("confirmed", "confirmed")),
    turn("in, then out", IN, OUT, pause=0.5, ends=("confirmed", "unneeded")),
    turn("out, then a full turn", OUT, FLIP, pause=0.5, ends=("confirmed", "confirmed")),
    turn("a full turn, then out", FLIP, OUT, pause=0.5, ends=("confirmed", "unneeded")),
    turn("a full turn under way, then out", FLIP, OUT, fault=SLOW, ends=("confirmed", "unneeded")),
)
CASES = (*IGNORED, *EXITS, *PAIRS, *TURNS)
