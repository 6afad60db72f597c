"""The files that a ledger in SQLite leaves on the disk: who may read them, and how large they grow."""

import os
import sqlite3
from contextlib import closing

import pytest

from executor.ledger import DatabaseLimits, open_ledger
from tests.builders import alert, intent

SMALL = 200_000


@pytest.fixture
def ledger(tmp_path):
    """With a small log."""
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db", limits=DatabaseLimits(log_bytes=SMALL))
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def reader(tmp_path, ledger):
    """Another program's connection, which stays at what it has read."""
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM alerts").fetchall()
        yield reader


def log_bytes(tmp_path):
    return (tmp_path / "ledger.db-wal").stat().st_size


def grow(ledger, tmp_path):
    number = 0
    while log_bytes(tmp_path) <= 2 * SMALL:
        number += 1
        ledger.alerts.record(alert(f"r{number}"), [intent()])


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_only_its_owner_may_read_a_new_ledger(tmp_path, umask):
    before = os.umask(umask)
    try:
        ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
        ledger.migrate()
        ledger.alerts.record(alert("r1"), [intent()])
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
        ledger.close()
    finally:
        os.umask(before)
    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}


def test_a_ledger_that_exists_keeps_its_mode(tmp_path):
    (tmp_path / "ledger.db").touch(0o640)
    mode = (tmp_path / "ledger.db").stat().st_mode
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.close()
    assert (tmp_path / "ledger.db").stat().st_mode == mode


def test_a_log_that_grew_is_trimmed_once_its_reader_has_gone(ledger, reader, tmp_path):
    grow(ledger, tmp_path)
    ledger.trim()
    assert log_bytes(tmp_path) > SMALL
    ledger.alerts.record(alert("meanwhile"), [intent()])
    reader.execute("COMMIT")
    ledger.trim()
    assert log_bytes(tmp_path) == 0
    assert ledger.queries.receipt("meanwhile")


def test_a_small_log_is_left_alone(ledger, tmp_path):
    ledger.alerts.record(alert("r1"), [intent()])
    size = log_bytes(tmp_path)
    ledger.trim()
    assert log_bytes(tmp_path) == size > 0


def test_a_log_that_begins_anew_is_cut(ledger, reader, tmp_path):
    grow(ledger, tmp_path)
    reader.execute("COMMIT")
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")
    ledger.alerts.record(alert("next"), [intent()])
    assert log_bytes(tmp_path) <= SMALL


def test_trimming_waits_for_no_writer(ledger, reader, tmp_path):
    grow(ledger, tmp_path)
    reader.execute("COMMIT")
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        ledger.trim()
        writer.execute("COMMIT")
    assert log_bytes(tmp_path) > SMALL
