"""Editing config.yaml while the server runs: whole or not at all, within two seconds."""

import os
import re
import signal
import time

import pytest

from tests.served import Served, by_command


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"), lambda *of: [*by_command(*of), "--workers", "2"])
    served.wait_for(lambda: len(started(served)) == 2)
    yield served
    served.stop()


def started(served):
    """The process ids of all workers so far that take alerts, or did."""
    return re.findall(r"event=started node=\S+-(\d+)-", (served.folder / "server.log").read_text())


def save(served, text, how):
    if how == "in place":
        served.config.write_text(text)
    else:
        beside = served.config.with_suffix(".new")
        beside.write_text(text)
        os.replace(beside, served.config)


def taken(served, interval):
    """Whether every worker's rules take this interval; asked often enough to meet both."""
    answers = {served.post(served.alert("long", interval=interval), Connection="close").status_code for _ in range(12)}
    return answers == {202}


@pytest.mark.parametrize("how", ["in place", "by rename"])
def test_a_saved_change_is_taken_up_within_two_seconds(served, how):
    interval = {"in place": "15", "by rename": "30"}[how]
    assert served.post(served.alert("long", interval=interval)).status_code == 422
    save(served, served.config.read_text().replace('interval: ["60",', f'interval: ["60", "{interval}",'), how)
    saved = time.monotonic()
    served.wait_for(lambda: taken(served, interval), 3)
    assert time.monotonic() - saved < 2


@pytest.mark.parametrize(
    ("find", "put", "words"),
    [
        ("max_age: 60s", "max_age: soon", "is not a duration"),
        ("strategy: trend\n      interval", "strategy: [\n      interval", "config.yaml"),
        ("expect: {decision: unneeded, reason: already short}", "expect: {decision: reverse}", "fails its own tests"),
    ],
    ids=["a mistake", "no YAML", "fails its tests"],
)
def test_a_bad_save_keeps_the_old_rules_and_says_so(served, find, put, words):
    good = served.config.read_text()
    assert find in good
    save(served, good.replace(find, put), "in place")
    told = served.wait_for(served.complaint)
    assert words in told
    assert served.post(served.alert("long")).status_code == 202
    save(served, good, "in place")
    served.wait_for(lambda: [served.complaint() for _ in range(8)] == [None] * 8)


def test_a_worker_that_dies_while_the_file_is_broken_is_followed_by_one_with_the_old_rules(served):
    good, before = served.config.read_text(), started(served)
    save(served, good.replace("max_age: 60s", "max_age: soon"), "in place")
    for worker in before:
        os.kill(int(worker), signal.SIGKILL)
    served.wait_for(lambda: len(started(served)) == 4)
    assert {served.post(served.alert("long"), Connection="close").status_code for _ in range(12)} == {202}
    assert "is not a duration" in served.complaint()
    save(served, good, "in place")
    served.wait_for(lambda: [served.complaint() for _ in range(8)] == [None] * 8)


def test_an_order_keeps_the_digest_it_was_decided_under(served):
    digest = served.ready()["config"]["digest"]
    served.post(served.alert("long"), wait=5)
    from executor.ledger import open_ledger

    ledger = open_ledger(f"sqlite:///{served.folder}/ledger.db")
    assert ledger.queries.orders(limit=1)[0].config_digest == digest
    ledger.close()
