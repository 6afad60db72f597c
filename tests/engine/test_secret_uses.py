"""What is remembered of the secrets that prove alerts, and that the ledger learns it without learning them."""

import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

from executor.core.sender import Presented, Way
from executor.engine.senders.secret_uses import SecretUses, mark
from executor.ledger import LedgerUnavailable, SecretUse, open_ledger
from tests.desk import SECRET

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OLD, NEW = "a1c3e5a7c9e1a3c5e7", "b2d4f6b8d0f2b4d6f8"


@pytest.fixture
def ledger(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    yield ledger
    ledger.close()


def use(secret, way, minute):
    return SecretUse("tradingview", mark("tradingview", secret), way, NOW + timedelta(minutes=minute))


def test_a_mark_tells_secrets_and_senders_apart_and_is_the_same_in_every_version():
    marks = [mark(sender, secret) for sender in ("a", "b") for secret in ("one secret of many", "another of those")]
    assert marks == ["f94e", "32ad", "d2d7", "c365"]


def test_the_newest_use_of_each_secret_in_each_way_is_written(ledger):
    uses = SecretUses(ledger)
    for secret, way, minute in ((OLD, Way.BODY, 0), (NEW, Way.BODY, 1), (NEW, Way.PATH, 2), (NEW, Way.BODY, 3)):
        uses.note("tradingview", secret, way, NOW + timedelta(minutes=minute))
    assert ledger.secret_uses.all() == ()
    uses.write()
    assert ledger.secret_uses.all() == (use(NEW, "body", 3), use(NEW, "path", 2), use(OLD, "body", 0))


def test_what_could_not_be_written_is_written_the_next_time(ledger, tmp_path):
    uses = SecretUses(ledger)
    uses.note("tradingview", OLD, Way.BODY, NOW)
    with sqlite3.connect(tmp_path / "ledger.db") as breaking:
        breaking.execute("ALTER TABLE secret_uses RENAME TO gone")
    breaking.close()
    with pytest.raises(LedgerUnavailable):
        uses.write()
    with sqlite3.connect(tmp_path / "ledger.db") as breaking:
        breaking.execute("ALTER TABLE gone RENAME TO secret_uses")
    breaking.close()
    uses.write()
    assert ledger.secret_uses.all() == (use(OLD, "body", 0),)


def test_a_commit_done_again_keeps_the_uses(ledger):
    """A group commit in which another caller's write fails is done again."""
    uses, writer = SecretUses(ledger), ledger.database.writer
    uses.note("tradingview", OLD, Way.BODY, NOW)

    def wrong(_):
        raise ValueError("a mistake")

    def spoil():
        with pytest.raises(ValueError, match="a mistake"):
            writer.write(wrong, durable=False)

    threads = [threading.Thread(target=uses.write), threading.Thread(target=spoil)]
    with writer._turn:
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(writer._waiting) < number:
                assert thread.is_alive()
    for thread in threads:
        thread.join()
    assert ledger.secret_uses.all() == (use(OLD, "body", 0),)


def test_processes_merge_what_they_saw(ledger):
    one, other = SecretUses(ledger), SecretUses(ledger)
    one.note("tradingview", OLD, Way.BODY, NOW + timedelta(minutes=5))
    other.note("tradingview", OLD, Way.BODY, NOW)
    one.write()
    other.write()
    assert ledger.secret_uses.all() == (use(OLD, "body", 5),)


def test_a_runner_that_stops_has_told_the_ledger_and_not_the_secret(desk):
    before = datetime.now(UTC)
    alert = {"target": "long", "symbol": "ETHUSDT", "secret": SECRET}
    desk.runner.take("tradingview", json.dumps(alert).encode(), Presented())
    desk.runners.pop().stop()
    ledger = open_ledger(f"sqlite:///{desk.folder}/ledger.db")
    (used,) = ledger.secret_uses.all()
    ledger.close()
    assert (used.sender, used.mark, used.way) == ("tradingview", mark("tradingview", SECRET), "body")
    assert before <= used.last_used_at <= datetime.now(UTC)
    assert not [file for file in desk.folder.glob("ledger.db*") if SECRET.encode() in file.read_bytes()]
