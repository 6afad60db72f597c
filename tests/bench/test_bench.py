"""Whether the benchmarks count right: every alert with its own order, and no figure if one is lost."""

import time
from collections import deque

import pytest

from tests.bench.ledgers import Ledgers
from tests.bench.parts import PARTS, Setup
from tests.bench.results import lost_in, results_of
from tests.bench.rounds import Rounds
from tests.bench.sender import Alert
from tests.bench.series import ARRIVE_SECONDS, Load, Lost, measure
from tests.bench.servers import exchange, executor
from tests.bench.shape import Shape


class Counted:
    """A load that is acknowledged after 2 ms, an exchange where the given orders arrive, and the server between."""

    alerts, after_idle = 3, False

    def __init__(self, orders, late=(), answer=b"HTTP/1.1 202 Accepted"):
        self.orders, self.late, self.answer = orders, late, answer
        self.process, self.connect = self, None
        self.log = deque()

    def send(self, _, alerts):
        for number, alert in enumerate(alerts):
            alert.due, alert.answer = number * 10**7, self.answer
            alert.acked = alert.due + 2_000_000
        self.log.extend([self.orders, self.late])

    def arrivals(self):
        return self.log.popleft() if self.log else []

    def cpu_seconds(self):
        return 0.0


A, B = ("main", "A"), ("main", "B")
ORDERS = [[3_000_000, *A], [15_000_000, *B], [27_000_000, *A]]


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    monkeypatch.setattr("tests.bench.series.SETTLE_SECONDS", 0)
    monkeypatch.setattr("tests.bench.series.ARRIVE_SECONDS", 0)


def measured(counted):
    return measure(counted, counted, iter([Alert(A, b""), Alert(B, b""), Alert(A, b"")]), counted)


def test_each_alert_is_timed_to_the_order_of_its_own_lane_and_turn():
    figures = measured(Counted(ORDERS))
    assert (figures["order p50"], figures["order max"], figures["ack p50"]) == (5.0, 7.0, 2.0)


@pytest.mark.parametrize(
    "orders",
    [ORDERS[:2], [*ORDERS, ORDERS[0]], [*ORDERS[:2], [27_000_000, *B]]],
    ids=["an order is missing", "an order came twice", "an order is for another lane"],
)
def test_there_are_no_figures_unless_each_alert_has_one_order(orders):
    with pytest.raises(Lost, match="3 alerts"):
        measured(Counted(orders))


def test_there_are_no_figures_if_an_alert_was_refused():
    with pytest.raises(Lost, match="3 of 3 alerts were not taken"):
        measured(Counted(ORDERS, answer=b"HTTP/1.1 503 Busy"))


def test_there_are_no_figures_if_an_order_arrived_late():
    with pytest.raises(Lost, match="1 orders arrived that no alert has asked for"):
        measured(Counted(ORDERS, late=ORDERS[:1]))


def test_floor_and_executor_turn_each_alert_into_its_order(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr("tests.bench.series.SETTLE_SECONDS", 0.5)
    told = []
    started = time.monotonic()
    with Ledgers() as ledgers:
        found = Rounds(ledgers, 0, 0.1, told.append).run(["steady"], 1)
    assert not lost_in(found), told
    assert [result.figure for result in results_of(found)] == list(PARTS["steady"].figures)
    for figures in found[0]["steady"]:
        assert 0 < figures["order p50"] <= figures["order p99"] <= figures["order max"]
        assert 0 < figures["cpu"] < (time.monotonic() - started) * 1000
        assert figures["acked per second"] < 60  # 40 alerts, 50 a second


class Patient(Shape):
    """Without a record of its order, a lane is kept for longer than the test waits."""

    def _rule(self, number):
        return super()._rule(number) | {"verify_for": "5m"}


def test_lanes_take_order_after_order(monkeypatch, tmp_path):
    monkeypatch.setattr("tests.bench.series.ARRIVE_SECONDS", ARRIVE_SECONDS)
    setup = Setup(Patient(symbols=2, rules=1))
    alerts = setup.shape.alerts()
    with (
        Ledgers() as ledgers,
        exchange(tmp_path, setup.shape.symbols) as venue,
        executor(tmp_path, venue, setup, ledgers.sqlite()) as server,
    ):
        for _ in range(3):
            assert measure(server, venue, alerts, Load(setup.shape.lanes))["order p50"] > 0


def test_a_load_keeps_at_least_one_alert():
    assert Load(20).scaled(0.01).alerts == 1


def test_cpu_and_memory_are_not_judged():
    figures = [figure for part in PARTS.values() for figure in part.figures]
    shown = [figure for figure in figures if figure.name in ("cpu", "cpu at rest", "memory")]
    assert shown
    assert all(figure.most is figure.least is figure.under is None for figure in shown)
