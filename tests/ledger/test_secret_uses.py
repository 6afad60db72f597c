"""The newest use of each secret stays, in whatever order processes record uses."""

import random
import threading
from datetime import timedelta

from alembic import command
from sqlalchemy import create_engine, text

from executor.ledger import SecretUse, open_ledger
from executor.ledger.migrating import alembic_config
from tests.builders import NOW


def use(minute, mark="a1b2", way="body", sender="tradingview"):
    return SecretUse(sender, mark, way, NOW + timedelta(minutes=minute))


def test_recorded_uses_are_read_newest_first(ledger):
    assert ledger.secret_uses.all() == ()
    uses = (use(3, way="path"), use(2, sender="other"), use(1), use(0, "ffff"))
    ledger.secret_uses.record(uses[::-1])
    assert ledger.secret_uses.all() == uses


def test_an_older_use_does_not_replace_a_newer_one(ledger):
    for minute in (1, 5, 3):
        ledger.secret_uses.record([use(minute)])
    assert ledger.secret_uses.all() == (use(5),)


def test_recording_nothing_writes_nothing(ledger):
    ledger.secret_uses.record([])
    assert ledger.secret_uses.all() == ()


def test_concurrent_records_keep_the_newest_use(url, ledger):
    marks = [f"{number:04x}" for number in range(8)]
    others = [open_ledger(url) for _ in range(4)]

    def record(other, seed):
        chance = random.Random(seed)
        for minute in range(10):
            other.secret_uses.record([use(minute, mark) for mark in chance.sample(marks, len(marks))])

    threads = [threading.Thread(target=record, args=(other, seed)) for seed, other in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert sorted(ledger.secret_uses.all()) == [use(9, mark) for mark in marks]


def test_a_ledger_from_before_is_brought_up_with_all_it_holds(tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(text("INSERT INTO halts (author, reason, at) VALUES ('me', 'news', 0)"))
    engine.dispose()
    ledger = open_ledger(url)
    ledger.migrate()
    ledger.check_version()
    ledger.secret_uses.record([use(1)])
    assert ledger.secret_uses.all() == (use(1),)
    assert [halt.reason for halt in ledger.halts.in_force()] == ["news"]
    ledger.close()
