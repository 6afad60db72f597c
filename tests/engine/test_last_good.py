"""What a worker leaves to the one that follows it: the configuration in force, whole or not at all."""

import os
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import pytest

from executor.config import ConfigError
from executor.engine.last_good import LastGood
from executor.engine.reload import Follower
from tests.engine.test_reload import CHANGED, SHIPPED

FILES = {Path("/etc/executor/config.yaml"): SHIPPED.encode(), Path("/run/secrets/x"): bytes(range(256))}
ENVIRON = {"ALERT_SECRET": "b3f1c2d4e5a697881726354453627180"}


def in_a_fork(do):
    """As a worker does it: a process that has the memory from before."""
    child = get_context("fork").Process(target=do)
    child.start()
    child.join(10)
    assert child.exitcode == 0


def test_nothing_is_there_before_something_was_kept():
    assert LastGood().files() == {}


def test_what_one_process_keeps_another_finds():
    last_good = LastGood()
    in_a_fork(lambda: last_good.keep(FILES))
    assert last_good.files() == FILES


def test_what_is_kept_later_replaces_what_was_longer():
    last_good = LastGood()
    last_good.keep(FILES)
    last_good.keep({Path("/x"): b"short"})
    assert last_good.files() == {Path("/x"): b"short"}


def test_what_was_kept_before_is_nowhere_any_more():
    last_good = LastGood()
    last_good.keep({Path("/x"): b"secret" * 100})
    last_good.keep({Path("/x"): b"short"})
    assert b"secret" not in last_good._memory[:]


def test_what_is_too_large_to_keep_does_not_leave_what_was_before(monkeypatch):
    last_good = LastGood()
    last_good.keep(FILES)
    monkeypatch.setattr("executor.engine.last_good.MOST_BYTES", 1000)
    last_good.keep(FILES)
    assert last_good.files() == {}


@pytest.mark.parametrize("whole", [2, 4, 8, 12, 60, 500])
def test_what_was_half_written_by_a_process_that_died_counts_as_nothing(whole):
    last_good, other = LastGood(), LastGood()
    last_good.keep({Path("/x"): b"old" * 1000})
    other.keep(FILES)
    last_good._memory[:whole] = other._memory[:whole]
    assert last_good.files() == {}


def follower(path, last_good, environ=ENVIRON):
    """Of a worker, and what it has taken up at its looks."""
    taken_up = []
    follower = Follower(path, environ, taken_up.append, last_good)
    follower.in_force()
    return follower, taken_up


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(SHIPPED)
    return path


def test_a_worker_goes_on_with_what_is_in_force_although_the_file_is_broken_by_now(path):
    last_good = LastGood()
    first, _ = follower(path, last_good)
    path.write_text("rules: [")
    second, taken_up = follower(path, last_good)
    assert second.config.digest == first.config.digest
    assert "config.yaml" in second.complaint
    path.write_text(CHANGED)
    second.look()
    assert [config.digest != first.config.digest for config in taken_up] == [True]
    assert second.complaint is None


def test_a_worker_takes_up_what_was_saved_while_none_ran(path):
    last_good = LastGood()
    first, _ = follower(path, last_good)
    path.write_text(CHANGED)
    second, taken_up = follower(path, last_good)
    assert second.config.digest != first.config.digest
    assert taken_up == [], "its caller applies it"
    path.write_text("rules: [")
    assert follower(path, last_good)[0].config.digest == second.config.digest, "and leaves that to the next"


@pytest.mark.parametrize("by_a_look", [True, False])
def test_what_could_not_be_taken_up_is_not_left_to_the_next(path, by_a_look):
    last_good = LastGood()
    first, _ = follower(path, last_good)
    path.write_text(SHIPPED.replace("sqlite:///executor.db", "sqlite:///another.db"))
    if by_a_look:
        first.look()
    second, _ = follower(path, last_good)
    assert second.config.ledger_url == "sqlite:///executor.db", "else two workers would trade from two ledgers"
    assert "restart" in second.complaint


def test_a_secret_whose_file_has_gone_is_as_it_was(path):
    secret, last_good = path.with_name("secret"), LastGood()
    path.write_text(SHIPPED.replace("${ALERT_SECRET}", "${file:secret}"))
    secret.write_text("b3f1c2d4e5a697881726354453627180\n")
    follower(path, last_good, {})
    secret.unlink()
    second, taken_up = follower(path, last_good, {})
    assert second.config.senders["tradingview"].secrets == ("b3f1c2d4e5a697881726354453627180",)
    assert "secret cannot be read" in second.complaint
    secret.write_text("90817263544536271809f8e7d6c5b4a3\n")
    second.look()
    assert taken_up[0].senders["tradingview"].secrets == ("90817263544536271809f8e7d6c5b4a3",)


def test_a_secret_is_followed_by_a_worker_that_went_on_with_what_was_in_force(path):
    secret, last_good = path.with_name("secret"), LastGood()
    path.write_text(SHIPPED.replace("${ALERT_SECRET}", "${file:secret}"))
    secret.write_text("b3f1c2d4e5a697881726354453627180\n")
    follower(path, last_good, {})
    second, taken_up = follower(path, last_good, {})
    assert second.complaint is None
    secret.write_text("90817263544536271809f8e7d6c5b4a3\n")
    second.look()
    assert len(taken_up) == 1


def test_tests_that_hold_no_more_keep_no_worker_from_what_is_in_force(path):
    """As one about a date does, the day after."""
    last_good = LastGood()
    first, _ = follower(path, last_good)
    failing = SHIPPED.replace("expect: {decision: unneeded, reason: already short}", "expect: {decision: reverse}")
    assert failing != SHIPPED
    path.write_text(failing)
    last_good.keep({path: failing.encode()})
    second, _ = follower(path, last_good)
    assert second.config.digest != first.config.digest
    assert second.complaint is None


def test_a_configuration_from_a_pipe_is_there_for_the_next_worker(tmp_path):
    path, last_good = tmp_path / "config.yaml", LastGood()
    os.mkfifo(path)
    writer = Thread(target=path.write_text, args=(SHIPPED,), daemon=True)
    writer.start()
    first, _ = follower(path, last_good)
    writer.join(5)
    second, taken_up = follower(path, last_good)
    second.look()
    assert second.config.digest == first.config.digest
    assert (second.complaint, taken_up) == (None, [])


def test_what_is_not_carried_out_yet_is_not_left_to_anybody(path):
    last_good = LastGood()
    Follower(path, ENVIRON, print, last_good)
    assert last_good.files() == {}, "its ledger may be the mistake that is corrected next"


def test_what_cannot_be_carried_out_is_tried_again_and_not_left_to_a_successor(path):
    last_good, troubles, taken_up = LastGood(), [RuntimeError("can't start new thread")], []

    def apply(config):
        if troubles:
            raise troubles.pop()
        taken_up.append(config)

    first = Follower(path, ENVIRON, apply, last_good)
    first.in_force()
    path.write_text(CHANGED)
    with pytest.raises(RuntimeError):
        first.look()
    assert last_good.files() == {path: SHIPPED.encode()}
    first.look()
    assert taken_up == [first.config]
    assert last_good.files() == {path: CHANGED.encode()}


def test_a_server_that_never_had_a_good_file_does_not_start(path):
    path.write_text("rules: [")
    for last_good in (None, LastGood()):
        with pytest.raises(ConfigError):
            follower(path, last_good)
