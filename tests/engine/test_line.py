"""One at a time, in the order in which they came."""

import threading
import time

import pytest

from executor.engine.line import Line


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def line():
    """A line whose place is taken."""
    line = Line()
    assert line.take(0, 0)
    return line


def test_the_place_goes_to_the_one_that_waits_longest(line):
    served = []

    def wait(number):
        assert line.take(10, 20)
        served.append(number)
        line.leave()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        until(lambda: len(line) == number + 1)  # noqa: B023 - called at once
    line.leave()
    for thread in threads:
        thread.join()
    assert served == list(range(5))


def test_a_wait_ends_without_the_place(line):
    assert not line.take(1, 0.01)
    assert len(line) == 0
    line.leave()
    assert line.take(0, 0)


def test_a_long_line_takes_no_more(line):
    waiting = threading.Thread(target=line.take, args=(1, 20))
    waiting.start()
    until(lambda: len(line) == 1)
    assert not line.take(1, 20)
    line.leave()
    waiting.join()
