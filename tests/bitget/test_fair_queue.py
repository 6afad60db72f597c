"""An order that meets the exchange's limit gets a turn, and no other order passes it."""

from datetime import timedelta

import pytest

from executor.bitget.rate_limits import fair_queue
from executor.bitget.rate_limits.fair_queue import FairQueue


class Clock:
    """Both clocks of the module, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


class Window:
    """A limit of requests in any second, on that clock."""

    def __init__(self, clock: Clock, per_second: int) -> None:
        self.clock, self.per_second, self.taken = clock, per_second, list[float]()

    def take(self, share: float = 1.0) -> timedelta:
        recent = [at for at in self.taken if at > self.clock.seconds - 1]
        if len(recent) < int(self.per_second * share):
            self.taken.append(self.clock.seconds)
            return timedelta(0)
        return timedelta(seconds=recent[0] + 1 - self.clock.seconds)

    def give_back(self) -> None:
        self.taken.pop()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fair_queue, "time", clock)
    return clock


@pytest.fixture
def make(clock: Clock, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def make(per_second: int) -> FairQueue:
        monkeypatch.setattr(fair_queue, "RateLimit", lambda rate: Window(clock, int(rate)))
        return FairQueue(per_second)

    return make


def drain(line: FairQueue, clock: Clock, waiting: dict[str, timedelta]) -> list[tuple[str, float]]:
    """Each order comes back when it was told to: which left, and when."""
    left, due = [], {who: clock.seconds + pause.total_seconds() for who, pause in waiting.items()}
    while due:
        who = min(due, key=lambda name: due[name])
        clock.seconds = max(clock.seconds, due.pop(who))
        if pause := line.take(who):
            due[who] = clock.seconds + pause.total_seconds()
        else:
            left.append((who, clock.seconds))
    return left


def test_a_burst_leaves_in_the_order_of_asking_at_the_full_rate(clock, make) -> None:  # type: ignore[no-untyped-def]
    line, names = make(10), [f"lane {number:02}" for number in range(50)]
    pauses = {who: line.take(who) for who in names}
    waiting = {who: pause for who, pause in pauses.items() if pause}
    assert list(pauses)[10:] == list(waiting), "ten may leave at once"
    left = drain(line, clock, waiting)
    assert [who for who, _ in left] == names[10:]
    assert left[-1][1] - 1000 == pytest.approx(4.9, abs=0.2)


def test_each_is_told_a_time_of_his_own(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(1)
    assert [line.take(who).total_seconds() for who in "abcd"] == [0, 1, 2, 3]


def test_asking_again_before_the_turn_does_not_lose_it(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(1)
    line.take("first"), line.take("a"), line.take("b")
    clock.seconds += 0.5
    assert line.take("a") == timedelta(seconds=0.5)
    assert line.take("b") == timedelta(seconds=1.5)


def test_no_order_passes_those_that_wait(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(1)
    assert line.take_at_once()
    assert not line.take_at_once()
    line.take("a")
    clock.seconds += 1
    assert not line.take_at_once()
    assert not line.take("a")
    clock.seconds += 1
    assert line.take_at_once()


def test_what_does_not_leave_after_all_counts_no_more(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(1)
    assert line.take_at_once()
    line.give_back()
    assert line.take_at_once()
    assert not line.take_at_once()


def test_who_asks_while_another_is_late_for_his_turn_gets_one_of_his_own(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(1)
    line.take("first"), line.take("late")
    clock.seconds += 1 + fair_queue.FORFEIT_SECONDS
    assert line.take("next") == timedelta(seconds=1)
    assert not line.take("late")
    assert line.take("next"), "it does not leave beside him"


def test_less_than_a_microsecond_is_still_a_wait(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(1)
    line.take("first"), line.take("a")
    clock.seconds += 1 - 1e-8
    assert line.take("a")


def test_a_turn_that_is_not_taken_is_lost_and_delays_no_other(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(1)
    line.take("first"), line.take("gone")
    clock.seconds += 1 + fair_queue.FORFEIT_SECONDS + 0.1
    assert line.take_at_once()


def test_processes_share_what_the_account_may_send(clock, make) -> None:  # type: ignore[no-untyped-def]
    line, names = make(10), [f"lane {number:02}" for number in range(20)]
    line.share(4)
    pauses = {who: line.take(who) for who in names}
    waiting = {who: pause for who, pause in pauses.items() if pause}
    assert len(waiting) == 18, "two a second each: eight of the ten that the exchange takes"
    left = drain(line, clock, waiting)
    assert [who for who, _ in left] == names[2:]
    assert left[-1][1] - 1000 == pytest.approx(9.0, abs=0.5)


def test_each_of_many_processes_sends_one_a_second(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(10)
    line.share(64)
    assert line.take_at_once()
    assert not line.take_at_once()
    clock.seconds += 1.001
    assert line.take_at_once()


def test_nothing_leaves_in_a_pause_and_the_turns_stay(clock, make) -> None:  # type: ignore[no-untyped-def]
    line, names = make(10), [f"lane {number:02}" for number in range(20)]
    waiting = {who: pause for who in names if (pause := line.take(who))}
    line.pause(timedelta(seconds=3))
    assert not line.take_at_once()
    left = drain(line, clock, waiting)
    assert [who for who, _ in left] == names[10:]
    assert min(at for _, at in left) >= 1003


def test_what_leaves_again_lets_first_ones_pass(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(10)
    again = [f"again {number}" for number in range(30)]
    waiting = {who: pause for who in again if (pause := line.take(who, again=True))}
    clock.seconds += 0.3
    first = line.take("first")
    assert timedelta(0) < first <= timedelta(seconds=0.8), "the next turn of all"
    left = drain(
        line, clock, {who: pause - timedelta(seconds=0.3) for who, pause in waiting.items()} | {"first": first}
    )
    assert left[0][0] == "first"
    assert [who for who, _ in left[1:]] == again[10:], "all of them leave, in their order"


def test_a_first_one_leaves_at_once_while_others_wait_again(clock, make) -> None:  # type: ignore[no-untyped-def]
    line = make(10)
    assert not line.take("a", again=True)
    for _ in range(9):
        assert line.take_at_once()
    assert line.take("b", again=True)
    clock.seconds += 1
    assert line.take_at_once()
