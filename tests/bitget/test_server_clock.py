from datetime import UTC, datetime, timedelta

import pytest

from executor.bitget.server_clock import ServerClock, from_milliseconds, to_milliseconds

BASE = 1_800_000_000_000


class Ticks:
    """A monotonic clock that a test moves."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticks() -> Ticks:
    return Ticks(100.0)


@pytest.fixture
def clock(ticks: Ticks) -> ServerClock:
    return ServerClock(ticks)


def test_before_the_first_answer_it_is_the_machines_clock() -> None:
    clock = ServerClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.error is None


def test_the_server_spoke_half_a_round_trip_ago(clock: ServerClock, ticks: Ticks) -> None:
    clock.learn(BASE, asked_at=99.8, answered_at=100.0)
    assert clock.milliseconds() == pytest.approx(BASE + 100, abs=1)
    assert clock.error == timedelta(milliseconds=100)
    ticks.seconds += 2
    assert clock.milliseconds() == pytest.approx(BASE + 2100, abs=1)


@pytest.mark.parametrize(
    ("asked_at", "answered_at", "server_ms", "learned"),
    [
        (100.9, 101.0, BASE + 1040, True),  # tighter
        (100.0, 101.0, BASE + 700, False),  # looser and no contradiction
        (100.0, 101.0, BASE + 9000, True),  # looser, and one reply's word is as good as another's
        (170.0, 171.0, BASE + 70700, True),  # looser, but the old one is old
        (100.9, 101.0, 0, False),  # says nothing
    ],
)
def test_which_answer_is_believed(
    clock: ServerClock, ticks: Ticks, asked_at: float, answered_at: float, server_ms: int, learned: bool
) -> None:
    clock.learn(BASE, asked_at=99.9, answered_at=100.1)  # ± 100 ms
    ticks.seconds = answered_at
    clock.learn(server_ms, asked_at, answered_at)
    half_trip_ms = (answered_at - asked_at) * 500
    expected = server_ms + half_trip_ms if learned else BASE + (answered_at - 100) * 1000
    assert clock.milliseconds() == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("skews_seconds", "ends_at", "agreed"),
    [
        ([0], 0, False),
        ([0, 0], 0, True),
        ([0, 0, 40], 0, True),  # one reply against two
        ([0, 0, 40, 0, 40], 0, True),
        ([0, 0, -40, 40], 0, True),
        ([0, 0, 40, 40], 40, True),  # seconded: a clock was stepped
        ([40, 0], 0, False),
        ([40, 0, 0], 0, True),
    ],
)
def test_a_jump_needs_a_second_opinion(
    clock: ServerClock, ticks: Ticks, skews_seconds: list[int], ends_at: int, agreed: bool
) -> None:
    for skew in skews_seconds:
        ticks.seconds += 1
        clock.learn(BASE + int((ticks.seconds + skew) * 1000), ticks.seconds - 0.02, ticks.seconds + 0.02)
    assert clock.milliseconds() == pytest.approx(BASE + (ticks.seconds + ends_at) * 1000, abs=25)
    assert clock.agreed is agreed


def test_milliseconds_and_moments_are_exact() -> None:
    assert to_milliseconds(from_milliseconds(1659076670123)) == 1659076670123
    assert from_milliseconds(1659076670123).isoformat() == "2022-07-29T06:37:50.123000+00:00"
