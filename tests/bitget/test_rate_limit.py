import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from executor.bitget.rate_limits.rate_limit import RateLimit


class Ticks:
    """A clock that a test moves, in milliseconds."""

    def __init__(self) -> None:
        self.milliseconds = 5000

    def __call__(self) -> float:
        return self.milliseconds / 1000


@pytest.mark.parametrize(
    ("per_second", "burst", "window_ms"), [(10, 10, 1000), (1, 1, 1000), (2.5, 2, 1000), (0.5, 1, 2000)]
)
def test_a_window_holds_its_limit_and_says_when_there_is_room(per_second: float, burst: int, window_ms: int) -> None:
    ticks = Ticks()
    limit = RateLimit(per_second, ticks)
    assert [limit.take() for _ in range(burst)] == [timedelta(0)] * burst
    ticks.milliseconds += 400
    wait = limit.take()
    assert wait == timedelta(milliseconds=window_ms - 400 + 50)
    ticks.milliseconds += wait // timedelta(milliseconds=1) - 1
    assert limit.take()
    ticks.milliseconds += 1
    assert not limit.take()


def test_asking_in_vain_costs_nothing() -> None:
    ticks = Ticks()
    limit = RateLimit(1, ticks)
    limit.take()
    for _ in range(50):
        assert limit.take()
    ticks.milliseconds += 1050
    assert not limit.take()


def test_threads_share_one_window() -> None:
    limit, together = RateLimit(10, Ticks()), threading.Barrier(8)

    def take(_: int) -> int:
        together.wait()
        return sum(not limit.take() for _ in range(10))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(8))) == 10


def test_a_share_leaves_the_rest_to_others() -> None:
    limit = RateLimit(10, Ticks())
    assert [bool(limit.take(0.6)) for _ in range(7)] == [False] * 6 + [True]
    assert [bool(limit.take()) for _ in range(5)] == [False] * 4 + [True]


def test_a_share_below_one_a_second_is_a_longer_pause() -> None:
    ticks = Ticks()
    limit = RateLimit(10, ticks)
    limit.take(0.05)
    assert limit.take(0.05) == timedelta(milliseconds=2050)
    ticks.milliseconds += 2050
    assert not limit.take(0.05)


def test_given_back_place_frees_no_other() -> None:
    """Nine leave after the first was taken, which then does not leave: a second never holds more than ten."""
    ticks, left = Ticks(), []
    limit = RateLimit(10, ticks)
    limit.take()
    ticks.milliseconds += 900
    left += [ticks.milliseconds for _ in range(9) if not limit.take()]
    limit.give_back()
    for _ in range(1100):
        left += [ticks.milliseconds] * (not limit.take())
        ticks.milliseconds += 1
    assert left.count(5900) == 10
    assert all(later - earlier > 1000 for earlier, later in zip(left, left[10:], strict=False))
