"""The files that a ledger in SQLite leaves on the disk: who may read them."""

import os

import pytest

from executor.ledger import open_ledger
from tests.ledger.conftest import alert, intent


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_only_its_owner_may_read_a_new_ledger(tmp_path, umask):
    before = os.umask(umask)
    try:
        ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
        ledger.migrate()
        ledger.record_alert(alert("r1"), [intent()])
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
