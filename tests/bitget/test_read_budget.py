"""What one account may ask: orders find room, processes share, and after a 429 only what an order needs is asked."""

from datetime import timedelta

import pytest

from executor.bitget.endpoints import Read
from executor.bitget.rate_limits.read_budget import ADDRESS_PER_MINUTE, AddressLimit, ReadBudget


class Ticks:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def address(ticks: Ticks) -> AddressLimit:
    return AddressLimit(ticks)


@pytest.fixture
def budget(address: AddressLimit, ticks: Ticks) -> ReadBudget:
    return ReadBudget(address, ticks)


def granted(budget: ReadBudget, read: Read, *, urgent: bool) -> int:
    """How many may leave at this moment."""
    return sum(not budget.take(read, urgent=urgent) for _ in range(50))


def test_looks_leave_room_for_orders(budget: ReadBudget) -> None:
    assert granted(budget, Read.POSITION, urgent=False) == 5
    assert granted(budget, Read.POSITION, urgent=True) == 5


@pytest.mark.parametrize(("processes", "urgent", "looks"), [(1, 10, 5), (2, 5, 2), (4, 2, 1), (8, 1, 1), (64, 1, 1)])
def test_processes_share_a_limit(budget: ReadBudget, ticks: Ticks, processes: int, urgent: int, looks: int) -> None:
    budget.share(processes)
    assert granted(budget, Read.POSITION, urgent=True) == urgent
    assert granted(budget, Read.ORDER, urgent=False) == looks


def test_an_order_is_heard_every_second_beside_many_processes(budget: ReadBudget, ticks: Ticks) -> None:
    budget.share(64)
    for _ in range(5):
        assert not budget.take(Read.POSITION, urgent=True)
        ticks.seconds += 1.05


def test_the_looks_of_many_processes_stay_within_the_limit(budget: ReadBudget, ticks: Ticks) -> None:
    budget.share(20)
    found = 0
    for _ in range(1000):
        found += not budget.take(Read.ORDER, urgent=False)
        ticks.seconds += 0.1
    assert 20 * found <= 0.5 * 10 * 100 + 20


LOOK = [Read.POSITION, Read.ORDER, Read.HISTORY, Read.HISTORY, Read.PENDING]


@pytest.mark.parametrize("processes", [1, 2, 3, 4, 5, 8, 20])
def test_a_look_that_has_begun_can_be_ended(budget: ReadBudget, ticks: Ticks, processes: int) -> None:
    budget.share(processes)
    begun = ended = 0
    for _ in range(600):
        if not budget.take(LOOK[0], urgent=False):
            begun += 1
            ended += not any(budget.take(read, urgent=False) for read in LOOK[1:])
        ticks.seconds += 0.1
    assert ended == begun >= 60 * 5 / processes / 2


def test_the_watchs_reads_are_not_divided(budget: ReadBudget) -> None:
    budget.share(8)
    assert granted(budget, Read.POSITIONS, urgent=False) == 4


def test_after_a_429_only_orders_are_heard(budget: ReadBudget, ticks: Ticks) -> None:
    assert budget.refused(ticks.seconds, None) == timedelta(seconds=1)
    assert budget.take(Read.POSITIONS, urgent=False) == timedelta(seconds=1)
    assert not budget.take(Read.POSITION, urgent=True)
    ticks.seconds += 1
    assert not budget.take(Read.POSITIONS, urgent=False)


def test_pauses_grow_until_a_read_gets_through(budget: ReadBudget, ticks: Ticks) -> None:
    pauses = []
    for _ in range(6):
        pauses.append(budget.refused(ticks.seconds, None).total_seconds())
        ticks.seconds += pauses[-1] + 0.1
    assert pauses == [1, 2, 4, 8, 10, 10]
    budget.answered(ticks.seconds)
    assert budget.refused(ticks.seconds, None) == timedelta(seconds=1)


def test_the_exchanges_own_pause_counts(budget: ReadBudget, ticks: Ticks) -> None:
    assert budget.refused(ticks.seconds, timedelta(seconds=30)) == timedelta(seconds=30)


def test_answers_to_what_left_before_do_not_prolong_a_pause(budget: ReadBudget, ticks: Ticks) -> None:
    asked = ticks.seconds
    ticks.seconds += 0.1
    budget.refused(asked, None)
    ticks.seconds += 0.4
    assert budget.refused(asked, None).total_seconds() == pytest.approx(0.6)


def test_an_address_keeps_room_for_orders(budget: ReadBudget, address: AddressLimit, ticks: Ticks) -> None:
    for _ in range(ADDRESS_PER_MINUTE):
        address.note()
    ticks.seconds += 20
    assert budget.take(Read.POSITIONS, urgent=False) == timedelta(seconds=40)
    assert not budget.take(Read.POSITION, urgent=True)
    ticks.seconds += 40
    assert not budget.take(Read.POSITIONS, urgent=False)


def test_processes_share_their_address(budget: ReadBudget, address: AddressLimit) -> None:
    address.share(8)
    for _ in range(ADDRESS_PER_MINUTE // 8):
        assert not address.pause()
        address.note()
    assert budget.take(Read.POSITIONS, urgent=False)
