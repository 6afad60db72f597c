"""One series of alerts: sent, matched with the orders that arrived, and put into figures."""

import time
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import islice

from tests.bench.sender import send_at_once, send_at_rate, send_in_turn

ARRIVE_SECONDS = 30
SETTLE_SECONDS = 2
REST_SECONDS = 5
WARM_UP = 20


class Lost(Exception):
    """An alert was not acknowledged, or no order of it arrived, or more than one: then no time means anything."""


@dataclass(frozen=True)
class Load:
    """How alerts come: at a rate, all at once, or from a number of senders that wait for their answers; perhaps only
    after a time without any.
    """

    alerts: int
    rate: float = 0
    senders: int = 0
    after_idle: bool = False

    def scaled(self, share):
        return replace(self, alerts=max(1, round(self.alerts * share)))

    def send(self, connect, alerts):
        if self.senders:
            send_in_turn(connect, alerts, self.senders)
        elif self.rate:
            send_at_rate(connect, alerts, self.rate)
        else:
            send_at_once(connect, alerts)


def warm_up(server, exchange, alerts):
    """Let it ask what it asks at its start, then send a few alerts that do not count."""
    settle(exchange)
    measure(server, exchange, alerts, Load(WARM_UP, rate=20))


def settle(exchange, seconds=None):
    """Wait until the last orders are confirmed, so that their lanes are free. Raises Lost if more orders arrive."""
    time.sleep(SETTLE_SECONDS if seconds is None else seconds)
    if late := exchange.arrivals():
        raise Lost(f"{len(late)} orders arrived that no alert has asked for")


def measure(server, exchange, alerts, load, idle_seconds=0):
    """Figure → value: milliseconds from an alert's due moment to its order's arrival and to its acknowledgement,
    milliseconds of CPU an alert until all is confirmed, and acknowledgements a second. Raises Lost."""
    if load.after_idle:
        settle(exchange, idle_seconds)
    mine = list(islice(alerts, load.alerts))
    cpu_before = server.process.cpu_seconds()
    load.send(server.connect, mine)
    arrivals = _arrivals(exchange, mine)
    settle(exchange)
    cpu = server.process.cpu_seconds() - cpu_before
    to_order = [arrival - alert.due for alert, arrival in zip(mine, arrivals, strict=True)]
    to_ack = [alert.acked - alert.due for alert in mine]
    return {
        **_spread("order", to_order),
        **_spread("ack", to_ack),
        "cpu": cpu * 1000 / len(mine),
        "acked per second": len(mine) * 1e9 / (max(alert.acked for alert in mine) - min(alert.due for alert in mine)),
    }


def at_rest(server):
    """Milliseconds of CPU a second while nothing comes."""
    before = server.process.cpu_seconds()
    time.sleep(REST_SECONDS)
    return {"cpu at rest": (server.process.cpu_seconds() - before) * 1000 / REST_SECONDS}


def _arrivals(exchange, alerts):
    """The moment each alert's order arrived: on a lane, orders come in the alerts' sequence. Raises Lost."""
    if refused := [alert for alert in alerts if not alert.taken]:
        raise Lost(f"{len(refused)} of {len(alerts)} alerts were not taken, the first: {refused[0].answer[-300:]!r}")
    seen, deadline = exchange.arrivals(), time.monotonic() + ARRIVE_SECONDS
    while len(seen) < len(alerts) and time.monotonic() < deadline:
        time.sleep(0.05)
        seen += exchange.arrivals()
    by_lane = defaultdict(list)
    for moment, key, symbol in reversed(seen):
        by_lane[key, symbol].append(moment)
    found = [by_lane[alert.lane].pop() for alert in alerts if by_lane[alert.lane]]
    if not len(found) == len(alerts) == len(seen):
        raise Lost(f"{len(alerts)} alerts, but {len(seen)} orders, {len(found)} of them for these alerts")
    return found


def _spread(name, nanoseconds):
    """p50, p99 and the most, in milliseconds."""
    ordered = sorted(nanoseconds)
    p50, p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99))
    return {f"{name} p50": p50 / 1e6, f"{name} p99": p99 / 1e6, f"{name} max": ordered[-1] / 1e6}
