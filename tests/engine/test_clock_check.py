"""When a machine's clock is told to be off the exchange's, and when that is over."""

import pytest
from structlog.testing import capture_logs

from executor.bitget.server_clock import ServerClock, from_milliseconds, to_milliseconds
from executor.engine.clock_check import ClockCheck
from executor.times import utc_now

NOW = utc_now()


def exchange(ahead_seconds, error_seconds=0.0):
    """The exchange's clock as one reply told it: so far ahead of NOW, give or take the error."""
    clock = ServerClock(lambda: error_seconds)  # the middle of that reply, and so the moment now
    server = to_milliseconds(NOW) + int(ahead_seconds * 1000)
    clock.learn(server, 0.0, 2 * error_seconds)
    return clock


@pytest.mark.parametrize(
    ("ahead", "error", "words"),
    [
        (0, 0, None),
        (1.9, 0, None),
        (-1.9, 0, None),
        (2.5, 0, "is 2 s behind the exchange's"),
        (-62, 0, "is 62 s ahead of the exchange's"),
        (2.5, 1, None),  # as far as one can tell it may be less
        (-60, 1, "is 59 s ahead of the exchange's"),
    ],
)
def test_more_than_two_seconds_are_told(ahead, error, words):
    check = ClockCheck(lambda: NOW)
    check.look({"main": exchange(ahead, error)})
    assert check.trouble is None if words is None else words in check.trouble


def test_a_clock_that_no_reply_has_told_says_nothing():
    check = ClockCheck(lambda: from_milliseconds(0))
    check.look({"main": ServerClock()})
    check.look({})
    assert check.trouble is None


def test_it_is_logged_once_when_it_begins_and_once_when_it_ends():
    check, told = ClockCheck(lambda: NOW), []
    with capture_logs() as logged:
        for ahead in (0, 3, 4, 1.5, 0, 0):
            check.look({"right": exchange(0), "main": exchange(ahead)})
            told.append(check.trouble is not None)
    assert told == [False, True, True, True, False, False]
    assert [(entry["event"], entry["log_level"], entry.get("seconds")) for entry in logged] == [
        ("machine clock off", "warning", -3.0),
        ("machine clock right again", "info", None),
    ]
