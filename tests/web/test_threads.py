"""Who answers next, and how many at once."""

import threading
import time
from queue import SimpleQueue

import pytest

from executor.web.threads import Threads


class Work:
    """Items that are under way until they are let end; `threads` are those that had them, in the order of their end."""

    def __init__(self, most):
        self.begun, self.ended, self.threads = SimpleQueue(), SimpleQueue(), []
        self.ends = {}
        self.pool = Threads(most, self.do)

    def do(self, item):
        self.begun.put(item)
        assert self.ends[item].wait(10)
        self.threads.append(threading.current_thread())
        self.ended.put(item)

    def give(self, *items):
        for item in items:
            self.ends[item] = threading.Event()
            self.pool.run(item)

    def begin(self, count):
        return {self.begun.get(timeout=10) for _ in range(count)}

    def end(self, *items):
        """One after another, each until its thread is idle or at the next item."""
        for item in items:
            idle = len(self.pool._idle)
            self.ends[item].set()
            assert self.ended.get(timeout=10) == item
            while len(self.pool._idle) == idle and not self.begun.qsize():
                time.sleep(0.001)


@pytest.fixture
def work():
    work = Work(3)
    yield work
    for end in work.ends.values():
        end.set()
    work.pool.shutdown()


def test_threads_start_when_they_are_needed(work):
    before = threading.active_count()
    for number in range(1, 4):
        work.give(f"item {number}")
        assert work.begin(1) == {f"item {number}"}
        assert threading.active_count() == before + number


def test_what_finds_no_thread_waits_its_turn(work):
    work.give("a", "b", "c", "d", "e")
    assert work.begin(3) == {"a", "b", "c"}
    work.end("b")
    assert work.begin(1) == {"d"}
    work.end("a")
    assert work.begin(1) == {"e"}


def test_who_worked_last_works_next(work):
    work.give("a", "b", "c")
    work.begin(3)
    work.end("a", "c")
    work.give("d")
    work.end("d")
    work.give("e", "f")
    work.begin(3)
    work.end("e", "f")
    a, c, d, e, f = work.threads
    assert c is d is e
    assert a is f


def test_idle_threads_end_when_they_are_told_to(work):
    work.give("a", "b")
    work.begin(2)
    work.end("a")
    work.pool.shutdown()
    work.threads[0].join(10)
    assert not work.threads[0].is_alive()
