"""Every lane runs when it is due, on one thread at a time, and none waits behind a lane that takes long."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from executor.core.order import Lane
from executor.engine.scheduler import FRESH_IN_A_ROW, Scheduler

LANES = [Lane("main", f"S{number}") for number in range(40)]
SOON = timedelta(milliseconds=30)


class Board:
    """Notes what runs; a lane in `held` stays running until it is released."""

    def __init__(self, threads=4):
        self.ran, self.at, self.on, self.again, self.held = [], [], [], {}, {}
        self.running, self.overlaps = Counter(), 0
        self.changed = threading.Condition()
        self.schedule = Scheduler(self.run, threads, retry=SOON)
        self.schedule.start()

    def run(self, lane):
        with self.changed:
            self.running[lane] += 1
            self.overlaps += self.running[lane] > 1
            self.ran.append(lane)
            self.at.append(time.monotonic())
            self.on.append(threading.current_thread().name)
            self.changed.notify_all()
        if lane in self.held:
            self.held[lane].wait(10)
        with self.changed:
            self.running[lane] -= 1
            return self.again.pop(lane, None)

    def wait_for(self, condition):
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self), 10), self.ran

    def hold(self, lane):
        self.held[lane] = threading.Event()
        self.schedule.wake(lane)
        self.wait_for(lambda board: lane in board.ran)


@pytest.fixture
def board():
    board = Board()
    yield board
    for event in board.held.values():
        event.set()
    board.schedule.stop(10)


def test_every_lane_that_is_woken_runs(board):
    for lane in LANES:
        board.schedule.wake(lane)
    board.wait_for(lambda board: len(board.ran) == len(LANES))
    assert set(board.ran) == set(LANES)


def test_lanes_run_in_the_order_of_falling_due(board):
    slow = [Lane(f"account {name}", name) for name in "abcd"]
    for lane in slow:
        board.hold(lane)  # every thread is taken
    for lane in LANES:
        board.schedule.wake(lane)
    board.held.pop(slow[0]).set()
    board.wait_for(lambda board: len(board.ran) == 4 + len(LANES))
    assert board.ran[4:] == LANES


def test_an_account_whose_lanes_all_hang_does_not_hold_up_another(board):
    for lane in LANES[:3]:
        board.hold(lane)
    board.schedule.wake(LANES[3])
    board.schedule.wake(Lane("other", "S0"))
    board.wait_for(lambda board: Lane("other", "S0") in board.ran)
    assert LANES[3] not in board.ran
    board.held.pop(LANES[0]).set()
    board.wait_for(lambda board: board.ran[-1] == LANES[3])


def all_threads_busy(board):
    slow = [Lane(f"account {name}", name) for name in "abcd"]
    for lane in slow:
        board.hold(lane)
    return slow


def test_lanes_with_an_alert_go_first(board):
    slow = all_threads_busy(board)
    for lane in LANES[:5]:
        board.schedule.wake(lane)
    for lane in (LANES[9], LANES[4]):
        board.schedule.wake_first(lane)
    board.held.pop(slow[0]).set()
    board.wait_for(lambda board: len(board.ran) == 4 + 6)
    assert board.ran[4:] == [LANES[9], LANES[4], *LANES[:4]]


def test_the_others_are_served_beside_ever_new_alerts(board):
    slow = all_threads_busy(board)
    board.schedule.wake(LANES[0])
    for lane in LANES[1:21]:
        board.schedule.wake_first(lane)
    board.held.pop(slow[0]).set()
    board.wait_for(lambda board: len(board.ran) == 4 + 21)
    assert board.ran[4:].index(LANES[0]) == FRESH_IN_A_ROW


def test_an_alert_that_comes_while_its_lane_runs_goes_first_too(board):
    slow = all_threads_busy(board)
    for lane in LANES[:3]:
        board.schedule.wake(lane)
    board.schedule.wake_first(slow[0])
    board.held.pop(slow[0]).set()
    board.wait_for(lambda board: len(board.ran) == 4 + 4)
    assert board.ran[4:] == [slow[0], *LANES[:3]]


def test_lanes_that_hang_leave_threads_to_those_with_an_alert():
    board = Board(threads=16)
    for lane in LANES[:9]:
        board.hold(lane)
    board.schedule.wake(LANES[9])
    board.schedule.wake_first(LANES[10])
    board.wait_for(lambda board: LANES[10] in board.ran)
    assert LANES[9] not in board.ran
    board.schedule.wake_first(LANES[9])
    board.wait_for(lambda board: LANES[9] in board.ran)
    for event in board.held.values():
        event.set()
    board.schedule.stop(10)


def test_a_lane_woken_while_it_runs_runs_once_more_and_never_beside_itself(board):
    board.hold(LANES[0])
    for _ in range(5):
        board.schedule.wake(LANES[0])
    assert board.ran == [LANES[0]]
    board.held.pop(LANES[0]).set()
    board.wait_for(lambda board: len(board.ran) == 2)
    board.schedule.wake(LANES[1])
    board.wait_for(lambda board: LANES[1] in board.ran)
    assert board.ran.count(LANES[0]) == 2
    assert board.overlaps == 0


def test_a_lane_comes_back_after_the_time_that_it_asked_for(board):
    board.again[LANES[0]] = SOON
    board.schedule.wake(LANES[0])
    board.wait_for(lambda board: len(board.ran) == 2)
    assert board.at[1] - board.at[0] >= SOON.total_seconds()


def test_the_sooner_of_two_wishes_counts_and_the_later_is_forgotten(board):
    board.schedule.wake(LANES[0], timedelta(seconds=60))
    board.schedule.wake(LANES[0], SOON)
    board.schedule.wake(LANES[0], timedelta(seconds=30))
    board.wait_for(lambda board: board.ran == [LANES[0]])
    assert board.schedule._due == {}


def test_one_that_falls_due_first_does_not_wait_for_one_that_was_there_first(board):
    board.schedule.wake(LANES[0], timedelta(seconds=60))
    board.schedule.wake(LANES[1], SOON)
    board.wait_for(lambda board: board.ran)
    assert board.ran == [LANES[1]]
    assert set(board.schedule._due) == {LANES[0]}, "which still waits for its time"


def test_a_lane_that_fails_is_run_again():
    tries, done = [], threading.Event()

    def run(lane):
        tries.append(lane)
        if len(tries) == 1:
            raise RuntimeError("no")
        done.set()

    trial = Scheduler(run, 1, retry=SOON)
    trial.start()
    trial.wake(LANES[0])
    assert done.wait(10)
    trial.stop(10)
    assert tries == [LANES[0]] * 2


def test_who_worked_last_works_next(board):
    for lane in LANES[:8]:
        board.schedule.wake(lane)
        while len(board.schedule._idle) < 4 or board.schedule.busy:
            time.sleep(0.001)
    assert len(set(board.on[1:])) == 1


def test_busy_is_a_schedule_with_a_lane_that_runs_or_is_due(board):
    assert not board.schedule.busy
    board.schedule.wake(LANES[0], timedelta(seconds=60))
    assert not board.schedule.busy
    board.hold(LANES[1])
    assert board.schedule.busy


def test_stopping_waits_for_what_runs_and_starts_nothing_more():
    board = Board(threads=1)
    board.hold(LANES[0])
    board.schedule.wake(LANES[1])
    threading.Timer(0.05, board.held[LANES[0]].set).start()
    board.schedule.stop(10)
    assert board.ran == [LANES[0]]
    assert not board.running[LANES[0]]
