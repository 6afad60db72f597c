"""The clock that everything that lasts in the ledger goes by."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from executor.ledger import HaltScope, Ledger, open_ledger
from executor.ledger.clock import Boot, PostgresClock, SqliteClock
from executor.ledger.database import Database
from executor.times import utc_now
from tests.builders import LEASE, NOW, alert, intent, queue
from tests.clock import SteppedClock

SECOND = timedelta(seconds=1)


class Machine:
    """Its wall clock, and its starts: each with an id and the time since then."""

    def __init__(self, wall=NOW):
        self.wall, self.up, self.boot_id = wall, timedelta(minutes=3), "first"

    def passes(self, time):
        self.wall, self.up = self.wall + time, self.up + time

    def restarts(self, boot_id, wall, up=timedelta(seconds=20)):
        self.wall, self.up, self.boot_id = wall, up, boot_id

    def open(self, url):
        """A process of this machine on the ledger."""
        database = Database(url)
        boot = Boot(self.boot_id, lambda: self.up // timedelta(microseconds=1))
        clock = SqliteClock(database.read, database.write, lambda: self.wall, boot)
        return Ledger(database, clock)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def open_on(machine, tmp_path):
    """Opens the ledger as a process of the machine as it is now."""
    url, opened = f"sqlite:///{tmp_path}/ledger.db", []

    def make():
        ledger = machine.open(url)
        ledger.migrate()
        opened.append(ledger)
        return ledger

    yield make
    for ledger in opened:
        ledger.close()


def test_it_begins_at_the_wall_clock_and_passes_like_time(machine, open_on):
    ledger = open_on()
    assert ledger.now() == NOW
    machine.passes(5 * SECOND)
    assert ledger.now() == NOW + 5 * SECOND


@pytest.mark.parametrize("step", [-300, 300])
def test_a_step_of_the_wall_clock_does_not_move_it(machine, open_on, step):
    ledger = open_on()
    ledger.now()
    machine.wall += timedelta(seconds=step)
    assert ledger.now() == NOW
    assert open_on().now() == NOW, "nor for a process that comes later"


def test_after_a_restart_of_the_machine_it_is_the_wall_clock(machine, open_on):
    open_on().now()
    machine.restarts("second", NOW + timedelta(hours=1))
    assert open_on().now() == NOW + timedelta(hours=1)


@pytest.mark.parametrize("boot_id", ["second", "first"], ids=["an id", "no id"])
def test_but_never_before_the_latest_time_it_has_seen(machine, open_on, boot_id):
    ledger = open_on()
    ledger.now()
    machine.passes(timedelta(hours=2))
    ledger.nodes.heartbeat("any", LEASE)
    machine.restarts(boot_id, datetime(1970, 1, 1, tzinfo=UTC))
    again = open_on()
    assert again.now() == NOW + timedelta(hours=2)
    machine.passes(SECOND)
    assert again.now() == open_on().now() == NOW + timedelta(hours=2) + SECOND


def test_what_was_stored_before_the_restart_lasts_as_long_as_it_should(machine, open_on):
    ledger = open_on()
    ledger.alerts.record(alert("r1", key="k", at=ledger.now(), window=60), [intent()])
    ledger.halts.halt(HaltScope(), "ann", "news", NOW, timedelta(hours=1))
    ledger.nodes.heartbeat("any", LEASE)
    machine.restarts("second", NOW + timedelta(seconds=59))
    assert open_on().alerts.knows(["k"], 5)
    assert open_on().halts.in_force()[0].left == timedelta(minutes=59, seconds=1)
    machine.passes(SECOND)
    assert not open_on().alerts.knows(["k"], 5)
    machine.passes(timedelta(hours=1))
    assert open_on().halts.in_force() == ()


def test_processes_on_one_ledger_agree_whatever_their_wall_clocks_say(url):
    clocks = [SteppedClock(timedelta(minutes=minutes)) for minutes in (0, 2, -5)]
    ledgers = [open_ledger(url, clock) for clock in clocks]
    ledgers[0].migrate()
    times = [ledger.now() for ledger in ledgers]
    assert max(times) - min(times) < timedelta(seconds=30)
    for ledger in ledgers:
        ledger.close()


def test_on_postgresql_it_is_the_servers(postgres_url):
    ledger = open_ledger(postgres_url, lambda: NOW)
    assert abs(ledger.now() - utc_now()) < timedelta(seconds=30)  # which runs on this machine
    ledger.close()


MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000


@pytest.mark.parametrize(
    ("offset", "error", "at", "counts"),
    [
        (HOUR_US + 90, 900, 1_000, HOUR_US),  # no tighter, and it says the same
        (HOUR_US + 90, 20, 1_000, HOUR_US + 90),  # tighter
        (HOUR_US + 90, 900, 2 * MINUTE_US, HOUR_US + 90),  # the other is old
        (HOUR_US + MINUTE_US, 900, 1_000_000, HOUR_US + MINUTE_US),  # the server's clock was stepped
        (HOUR_US + MINUTE_US, 30_000_000, 2 * MINUTE_US, HOUR_US),  # this process was frozen meanwhile
    ],
)
def test_the_tightest_reading_of_the_servers_clock_counts(offset, error, at, counts):
    clock = PostgresClock(None, since_boot=lambda: 0)
    for its_offset, its_error, its_at in ((HOUR_US, 100, 0), (offset, error, at)):
        clock.learn(its_offset + its_at - its_error, its_at - 2 * its_error, its_at)
    assert clock.now() == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=counts)


def test_an_order_from_before_it_keeps_the_end_of_its_age(url):
    ledger = open_ledger(url)
    ledger.migrate()
    queue(ledger)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE orders SET deadline = NULL"))
    engine.dispose()
    (order,) = ledger.queries.orders()
    assert order.deadline == order.intent.expires_at
    ledger.close()
