"""Several processes share one ledger from their first moment on."""

import multiprocessing

import pytest

from executor.ledger import open_ledger
from tests.builders import alert, intent

SPAWN = multiprocessing.get_context("spawn")
WORKERS, ALERTS = 4, 25


def arrive(url, worker, start, results):
    """A worker that starts up and takes in what all the others are sent as well."""
    start.wait()
    ledger = open_ledger(url)
    ledger.migrate()
    taken = [ledger.alerts.record(alert(f"{worker}-{n}", key=f"k{n}"), [intent()]) for n in range(ALERTS)]
    ledger.close()
    results.put([(recorded.receipt, recorded.duplicate) for recorded in taken])


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_an_alert_sent_to_all_is_taken_by_one_of_them(database, request, tmp_path):
    url = f"sqlite:///{tmp_path}/new.db" if database == "sqlite" else request.getfixturevalue("empty_postgres_url")
    start, results = SPAWN.Barrier(WORKERS), SPAWN.Queue()
    workers = [SPAWN.Process(target=arrive, args=(url, worker, start, results)) for worker in range(WORKERS)]
    for worker in workers:
        worker.start()
    told = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    for answers in zip(*told, strict=True):
        assert [duplicate for _, duplicate in answers].count(False) == 1
        assert len({receipt for receipt, _ in answers}) == 1
    ledger = open_ledger(url)
    assert len(ledger.queries.orders(limit=1000)) == ALERTS
    ledger.close()
