"""When wrong attempts are refused unread, for how long, and how little is remembered of them."""

from datetime import timedelta

import pytest

from executor.engine.senders.lockout import LIMITS, Lockout, LockScope, neighbourhood

NOW = timedelta(days=3)  # since whatever the monotonic clock counts from
ONE, OTHER = "192.0.2.1", "192.0.2.2"


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def fail(lockout, times, address=ONE, sender="tradingview", at=0):
    """What the last of this number of wrong attempts at one moment met: seconds of a lock, or None."""
    for _ in range(times):
        pause = lockout.failed(address, sender, after(at))
    return pause and pause.total_seconds()


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [
        ([(10, ONE, "a", 0)], None),
        ([(11, ONE, "a", 0)], 60),
        ([(10, ONE, "a", 0), (1, ONE, "another", 20)], 40),
        ([(10, ONE, "a", 5), (1, ONE, "a", 0)], 60),  # the last came first, but was looked at last
        ([(10, ONE, "a", 0), (1, OTHER, "a", 0)], None),
        ([(10, ONE, "a", 0), (1, ONE, "a", 60)], None),
        ([(9, ONE, "a", 0), (9, ONE, "a", 60), (1, ONE, "a", 119)], None),
        ([(9, ONE, "a", 0), (9, ONE, "a", 60), (1, ONE, "a", 119), (1, ONE, "a", 119)], 60),
        ([(5, ONE, "a", 0), (5, ONE, "b", 59), (1, ONE, "c", 59)], 60),
        ([(10, "2001:db8::1", "a", 0), (1, "2001:db8::ffff:1", "a", 0)], 60),
        ([(10, "2001:db8::1", "a", 0), (1, "2001:db8:0:1::1", "a", 0)], None),
        ([(10, "::ffff:192.0.2.1", "a", 0), (1, ONE, "a", 0)], 60),
        ([(10, None, "a", 0), (1, "nonsense", "a", 0)], 60),
    ],
)
def test_ten_wrong_attempts_in_a_minute_lock_an_address(attempts, seconds):
    lockout = Lockout()
    for times, address, sender, at in attempts:
        met = fail(lockout, times, address, sender, at)
    assert met == seconds


def test_a_sender_is_locked_by_wrong_attempts_from_many_addresses():
    lockout = Lockout()
    for number in range(LIMITS[LockScope.SENDER]):
        assert fail(lockout, 1, f"198.51.100.{number}") is None
    assert fail(lockout, 1) == 60
    assert fail(lockout, 1, sender="another") is None


def test_many_addresses_and_many_senders_together_lock_all():
    lockout = Lockout()
    for number in range(LIMITS[LockScope.ALL]):
        assert fail(lockout, 1, f"198.51.100.{number}", f"sender {number}") is None
    assert fail(lockout, 1, ONE, "another") == 60


def test_a_flood_from_one_address_locks_no_other():
    lockout = Lockout()
    for at in range(60):
        fail(lockout, 1_000, sender=f"sender {at}", at=at)
    assert fail(lockout, 1, OTHER, "sender 1", at=60) is None


def test_each_further_lock_is_twice_as_long_up_to_an_hour():
    lockout, at, pauses = Lockout(), 0, []
    for _ in range(50):
        pauses.append(fail(lockout, 11, at=at))
        at += pauses[-1]
    assert pauses == [60, 120, 240, 480, 960, 1920, *[3600] * 44]


def test_attempts_that_meet_a_lock_do_not_prolong_it():
    lockout = Lockout()
    fail(lockout, 10)
    assert [fail(lockout, 100, at=at) for at in (1, 30, 59)] == [59, 30, 1]
    assert fail(lockout, 1, at=60) is None


@pytest.mark.parametrize(("quiet", "pause"), [(3_500, 120), (3_600, 60)])
def test_an_hour_without_a_wrong_attempt_is_forgiven(quiet, pause):
    lockout = Lockout()
    fail(lockout, 11)
    lockout.news(after(quiet))
    assert fail(lockout, 11, at=quiet) == pause


def told(lockout, at):
    return [(lock.scope, lock.name, lock.over, lock.refused) for lock in lockout.news(after(at))]


def test_a_lock_is_told_once_when_it_begins_and_once_with_its_count_when_it_ends():
    lockout = Lockout()
    fail(lockout, 9)
    assert told(lockout, 0) == []
    fail(lockout, 1_991)
    assert told(lockout, 1) == [(LockScope.ADDRESS, ONE, False, 0)]
    assert told(lockout, 59) == []
    assert told(lockout, 60) == [(LockScope.ADDRESS, ONE, True, 1_990)]
    assert told(lockout, 10_000) == []


def test_a_lock_that_follows_at_once_leaves_none_untold():
    lockout = Lockout()
    fail(lockout, 15)
    fail(lockout, 17, at=60)
    assert told(lockout, 61) == [
        (LockScope.ADDRESS, ONE, False, 0),
        (LockScope.ADDRESS, ONE, True, 5),
        (LockScope.ADDRESS, ONE, False, 0),
    ]
    assert told(lockout, 180) == [(LockScope.ADDRESS, ONE, True, 7)]


def test_a_flood_of_addresses_and_names_does_not_fill_the_memory():
    lockout = Lockout(most_records=200)
    for minute in range(10):
        for number in range(LIMITS[LockScope.ALL] - 1):  # just below what would lock all
            fail(lockout, 1, f"10.0.{minute}.{number}", f"{minute}/{number}" * 1_000, minute * 60)
    assert len(lockout._records) == 200
    assert max(len(name) for _, name in lockout._records) <= 100


def test_what_is_forgotten_for_want_of_memory_was_quiet_longest_and_its_lock_is_told():
    lockout = Lockout(most_records=4)  # all, a sender and two addresses
    fail(lockout, 11, ONE)
    fail(lockout, 11, OTHER)
    assert fail(lockout, 1, ONE) == 60
    fail(lockout, 1, "192.0.2.3")
    assert fail(lockout, 1, ONE) == 60
    assert fail(lockout, 1, OTHER) is None
    assert (LockScope.ADDRESS, OTHER, True, 1) in told(lockout, 0)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_what_is_taken_for_one_client(address, name):
    assert neighbourhood(address) == name
