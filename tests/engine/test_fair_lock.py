"""One thread at a time, in the order in which they came."""

import threading
import time

import pytest

from executor.engine.senders.fair_lock import FairLock


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def lock():
    """A lock that is held."""
    lock = FairLock()
    assert lock.acquire(0, 0)
    return lock


def test_goes_to_the_thread_that_waits_longest(lock):
    served = []

    def wait(number):
        assert lock.acquire(10, 20)
        served.append(number)
        lock.release()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        until(lambda: len(lock) == number + 1)  # noqa: B023 - called at once
    lock.release()
    for thread in threads:
        thread.join()
    assert served == list(range(5))


def test_a_wait_ends_without_the_lock(lock):
    assert not lock.acquire(1, 0.01)
    assert len(lock) == 0
    lock.release()
    assert lock.acquire(0, 0)


def test_a_bounded_number_waits(lock):
    waiting = threading.Thread(target=lock.acquire, args=(1, 20))
    waiting.start()
    until(lambda: len(lock) == 1)
    assert not lock.acquire(1, 20)
    lock.release()
    waiting.join()
