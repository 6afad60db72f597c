"""The short form of the soak: real gunicorn, faults, killed and frozen workers, and books that must agree."""

from tests.soak.plan import Plan
from tests.soak.run import soak


def test_nothing_is_lost_run_twice_or_left_on_the_wrong_side(url, tmp_path):
    nodes = 2 if url.startswith("postgresql") else 1
    plan = Plan(
        alerts=160, symbols=8, fault_chance=0.2, kill_every_seconds=1.5, workers=2, nodes=nodes, seed=7, rate=20
    )
    books = soak(plan, tmp_path, url)
    assert books.acknowledged == plan.alerts
    assert books.kills
    assert books.freezes
    assert books.clean, str(books)
