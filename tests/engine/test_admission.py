"""Right attempts get in whatever else was tried; wrong ones are all alike, and soon not worth a line in the log."""

import json
import statistics
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from executor.config import load
from executor.core.sender import NotAuthenticated, Presented
from executor.engine.senders.admission import Admission, LockedOut
from executor.engine.senders.secret_uses import SecretUses, mark
from executor.engine.senders.strangers import MOST_WAITING, NotRead, Strangers
from executor.ledger import SecretUse, open_ledger
from tests.desk import config_text

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OLD, NEW = "a1c3e5a7c9e1a3c5e7", "b2d4f6b8d0f2b4d6f8"
INSIDE, OUTSIDE = "10.0.0.1", "192.0.2.1"
SENDERS = """
  tradingview: {secrets: ["${OLD}", "${NEW}"]}
  fenced: {secrets: ["fenced-${OLD}"], networks: [10.0.0.0/8]}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("admission") / "config.yaml"
    text = config_text(path.parent, url="http://127.0.0.1:9")
    path.write_text(text.replace('\n  tradingview: {secrets: ["${SECRET}"]}\n', SENDERS))
    return load(path, {"OLD": OLD, "NEW": NEW})


@pytest.fixture(scope="module")
def ledger(config):
    ledger = open_ledger(config.ledger_url)
    ledger.migrate()
    yield ledger
    ledger.close()


class Passing:
    """A monotonic clock that stands still until a test lets time pass."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def time_passed():
    return Passing()


@pytest.fixture
def admission(ledger, time_passed):
    return Admission(SecretUses(ledger), time_passed)


def shown(address, secret):
    """The secret in each place that may carry it."""
    body = b'{"secret": "%s"}' % secret.encode()
    return [
        (body, Presented(address=address)),
        (b"{}", Presented(path_secret=secret, address=address)),
        (b"{}", Presented(bearer=secret, address=address)),
    ]


def attempt(admission, config, sender, body, presented, now=NOW):
    """How a wrong attempt is answered: status, words, and when to come again."""
    with pytest.raises((NotAuthenticated, LockedOut)) as refused:
        admission.admit(config, sender, body, presented, now)
    return refused.value.status, str(refused.value), getattr(refused.value, "retry_after_seconds", None)


def test_a_sender_gets_in_by_that_secret_in_that_way_and_no_other(config, ledger):
    uses = SecretUses(ledger)
    admission = Admission(uses)
    admission.admit(config, "tradingview", *shown(INSIDE, OLD)[0], NOW)
    admission.admit(config, "tradingview", *shown(INSIDE, NEW)[1], NOW + timedelta(minutes=1))
    attempt(admission, config, "fenced", *shown(OUTSIDE, f"fenced-{OLD}")[2])
    uses.write()
    assert set(ledger.secret_uses.all()) == {
        SecretUse("tradingview", mark("tradingview", OLD), "body", NOW),
        SecretUse("tradingview", mark("tradingview", NEW), "path", NOW + timedelta(minutes=1)),
    }


seconds = st.integers(0, 200)
wrong = st.tuples(
    st.integers(1, 40),  # times
    seconds,  # since the one before
    st.sampled_from(["tradingview", "fenced", "nobody"]),
    st.sampled_from([INSIDE, OUTSIDE, "2001:db8::1", "", None]),
    st.sampled_from(["wrong", "", OLD[:-1]]),
    st.integers(0, 2),
)


@settings(deadline=None)
@given(st.lists(wrong, max_size=12), st.sampled_from([OLD, NEW]), st.sampled_from([INSIDE, OUTSIDE, None]))
def test_no_wrong_attempts_whatsoever_shut_a_right_one_out(config, ledger, attempts, secret, address):
    passed = Passing()
    admission = Admission(SecretUses(ledger), passed)
    for times, pause, sender, stranger, guess, way in attempts:
        passed.seconds += pause
        for _ in range(times):
            attempt(admission, config, sender, *shown(stranger, guess)[way])
        for right in shown(address, secret):
            assert admission.admit(config, "tradingview", *right, NOW).way
        for right in shown(INSIDE, f"fenced-{OLD}"):
            assert admission.admit(config, "fenced", *right, NOW).way


def test_unknown_sender_wrong_secret_and_wrong_address_meet_the_same(config, ledger):
    met = []
    for sender, secret in (("tradingview", "wrong"), ("nobody", "wrong"), ("fenced", f"fenced-{OLD}"), ("nobody", OLD)):
        admission = Admission(SecretUses(ledger), Passing())
        met.append([attempt(admission, config, sender, *shown(OUTSIDE, secret)[number % 3]) for number in range(20)])
    assert [status for status, _, _ in met[0]] == [401] * 10 + [429] * 10
    assert all(other == met[0] for other in met)


@pytest.fixture
def locked(config, admission):
    """An admission that locks one address, while another stranger's body is read until the test is over."""
    for _ in range(10):
        attempt(admission, config, "tradingview", *shown(OUTSIDE, "wrong")[0])
    place = admission._strangers
    with place.one_at_a_time():
        yield place


def test_a_locked_stranger_waits_for_its_turn(config, admission, locked):
    in_body, in_path, in_header = shown(OUTSIDE, OLD)
    with pytest.raises(NotRead, match="is always read"):
        admission.admit(config, "tradingview", *in_body, NOW)
    for beside in (in_path, in_header):
        assert admission.admit(config, "tradingview", *beside, NOW).way
    assert admission.admit(config, "tradingview", *in_body, NOW).way, "it is no stranger any more"


def test_only_strangers_wait(config, admission, locked):
    assert admission.admit(config, "tradingview", *shown(INSIDE, OLD)[0], NOW).way
    for _ in range(10):
        attempt(admission, config, "fenced", *shown("10.0.0.2", "wrong")[0])
    assert admission.admit(config, "fenced", *shown("10.0.0.2", f"fenced-{OLD}")[0], NOW).way


def test_a_long_body_of_a_stranger_waits_though_nothing_is_locked(config, admission):
    long = b'{"secret": "%s", "a": "%s"}' % (OLD.encode(), b"a" * 4096)
    with admission._strangers.one_at_a_time():
        with pytest.raises(NotRead):
            admission.admit(config, "tradingview", long, Presented(address=OUTSIDE), NOW)
        assert admission.admit(config, "tradingview", *shown(OUTSIDE, OLD)[0], NOW).way
        assert admission.admit(config, "tradingview", long, Presented(address=OUTSIDE), NOW).way


def test_what_was_not_read_counts_as_no_wrong_attempt(config, admission):
    with admission._strangers.one_at_a_time():
        for _ in range(3):
            with pytest.raises(NotRead):
                admission.admit(config, "tradingview", b" " * 5000, Presented(address=OUTSIDE), NOW)
    assert attempt(admission, config, "tradingview", *shown(OUTSIDE, "wrong")[0])[0] == 401


def test_a_stranger_is_read_in_its_turn(config, admission):
    for _ in range(30):
        attempt(admission, config, "tradingview", *shown(OUTSIDE, "wrong")[0])
    assert admission.admit(config, "tradingview", *shown(OUTSIDE, OLD)[0], NOW).way


def test_few_threads_wait_for_the_last_place(monkeypatch):
    monkeypatch.setattr("executor.engine.senders.strangers.LONGEST_WAIT_SECONDS", 60)
    place, taken = Strangers(), []

    def take():
        with place.one_at_a_time():
            taken.append(True)

    waiting = [threading.Thread(target=take) for _ in range(MOST_WAITING)]
    with place.one_at_a_time():
        for thread in waiting:
            thread.start()
        deadline = time.monotonic() + 20
        while len(place._lock) < MOST_WAITING:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        with pytest.raises(NotRead), place.one_at_a_time():
            pass
        assert not taken
    for thread in waiting:
        thread.join()
    assert len(taken) == MOST_WAITING


def test_of_many_addresses_only_so_many_are_remembered_as_right():
    place = Strangers()
    for number in range(1001):
        place.note_proven(f"10.0.{number // 256}.{number % 256}")
    assert place.is_stranger("10.0.0.0")
    assert not place.is_stranger("10.0.0.1")


def test_a_wrong_address_costs_no_reading(config, admission, monkeypatch):
    read = []
    monkeypatch.setattr("executor.core.sender.proof.decode", lambda *_: read.append(True))
    for wrong in shown(OUTSIDE, f"fenced-{OLD}"):
        attempt(admission, config, "fenced", *wrong)
    assert not read


def test_when_to_come_again_is_in_whole_seconds_and_not_too_soon(config, admission, time_passed):
    wrong = shown(OUTSIDE, "wrong")[0]
    for _ in range(10):
        attempt(admission, config, "tradingview", *wrong)
    waits, began = [], time_passed.seconds
    for at in (0, 0.5, 59.999):
        time_passed.seconds = began + at
        waits.append(attempt(admission, config, "tradingview", *wrong)[2])
    assert waits == [60, 60, 1]


def test_a_lock_is_logged_when_it_begins_and_when_it_ends_and_no_attempt_in_between(config, admission, time_passed):
    with capture_logs() as logged:
        for _ in range(500):
            attempt(admission, config, "tradingview", *shown(OUTSIDE, "wrong")[0])
            admission.log_locks(config, NOW)
        time_passed.seconds += 120
        admission.log_locks(config, NOW)
    assert [(entry["event"], entry["name"], entry.get("refused")) for entry in logged] == [
        ("wrong attempts locked, right ones still get in", OUTSIDE, None),
        ("lock on wrong attempts ended", OUTSIDE, 490),
    ]


def test_a_step_of_the_wall_clock_begins_and_ends_no_lock(config, admission):
    wrong = shown(OUTSIDE, "wrong")[0]
    for _ in range(10):
        attempt(admission, config, "tradingview", *wrong)
    for step in (timedelta(hours=2), timedelta(hours=-2)):
        assert attempt(admission, config, "tradingview", *wrong, NOW + step)[2] == 60


def test_when_a_lock_ends_is_told_by_the_wall_clock(config, admission):
    with capture_logs() as logged:
        for _ in range(10):
            attempt(admission, config, "tradingview", *shown(OUTSIDE, "wrong")[0])
        admission.log_locks(config, NOW)
    assert [entry["until"] for entry in logged] == [(NOW + timedelta(minutes=1)).isoformat()]


def test_the_log_never_tells_a_name_that_may_be_a_secret_in_the_wrong_place(config, admission):
    with capture_logs() as logged:
        for sender in (NEW, "tradingview"):
            for number in range(30):
                attempt(admission, config, sender, *shown(f"192.0.2.{number}", "wrong")[0])
        admission.log_locks(config, NOW)
    assert [entry["name"] for entry in logged if entry["scope"] == "sender"] == ["(unknown)", "tradingview"]
    assert NEW not in str(logged)


def test_an_unknown_sender_takes_as_long_as_one_whose_alerts_are_quickly_read(tmp_path, admission):
    path = tmp_path / "config.yaml"
    sender = '\n  tradingview: {secrets: ["${SECRET}"], format: {pattern: "(?P<all>.*)"}}\n'
    text = config_text(tmp_path, url="http://127.0.0.1:9")
    path.write_text(text.replace('\n  tradingview: {secrets: ["${SECRET}"]}\n', sender))
    config = load(path, {"SECRET": OLD})
    body = json.dumps({f"key {n}": n for n in range(1500)}).encode()  # ten times as long to read as JSON

    def seconds(name):
        started = time.thread_time()
        attempt(admission, config, name, body, Presented())
        return time.thread_time() - started

    known, unknown = (statistics.median(seconds(name) for _ in range(15)) for name in ("tradingview", "stranger"))
    assert unknown < 3 * known
