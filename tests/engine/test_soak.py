"""The short form of the soak: real gunicorn, faults, killed workers, and books that must agree."""

import pytest

from tests.postgres import running_postgres
from tests.soak.run import Plan, soak


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_run_twice_or_left_on_the_wrong_side(database, tmp_path):
    plan = Plan(alerts=120, symbols=4, fault_chance=0.1, kill_every_seconds=1.5, workers=2, nodes=1, seed=7, rate=20)
    if database == "sqlite":
        books = soak(plan, tmp_path, f"sqlite:///{tmp_path}/ledger.db")
    else:
        plan.nodes = 2
        with running_postgres(tmp_path) as url:
            books = soak(plan, tmp_path, url)
    assert books.acknowledged == plan.alerts
    assert books.kills
    assert books.clean, str(books)
