"""More than the executor can do, at a real server: nothing is lost, and what is not taken is refused beforehand."""

import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from executor.simulator import parse_fault
from tests.served import Served
from tests.web.wire import answer, connect, request

BURST = 500
MOST_MEGABYTES = 60  # that a burst may add to the server; 10 where this was written
MOST_THREADS = 192  # 64 that answer, 96 for lanes
LOWERED = """
import executor.{module}
from executor.cli import main
executor.{module}.{bound} = {at}
main()
"""


def hide_positions(served):
    for read in ("all-position", "single-position"):
        served.simulator.exchange.faults.add(parse_fault(f"{read}:status=500"))


def workers(served):
    found = subprocess.run(["pgrep", "-P", str(served.process.pid)], capture_output=True, text=True, check=True)
    return found.stdout.split()


def status_of(process, name):
    with open(f"/proc/{process}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def stored(served):
    with closing(sqlite3.connect(served.folder / "ledger.db")) as ledger:
        return ledger.execute("SELECT count(*) FROM alerts").fetchone()[0]


def test_a_burst_of_500_alerts_is_acknowledged_and_stored_whole_with_bounded_memory_and_threads(served):
    (worker,) = workers(served)
    assert served.post(served.alert("long")).status_code == 202
    before, memory = stored(served), status_of(worker, "VmHWM")

    def send(_):
        with connect(served) as connection:
            connection.settimeout(60)
            connection.sendall(request(served, None, "Connection: close"))
            return answer(connection)[:13]

    with ThreadPoolExecutor(BURST) as pool:
        assert Counter(pool.map(send, range(BURST))) == {"HTTP/1.1 202 ": BURST}
    assert stored(served) == before + BURST
    assert (status_of(worker, "VmHWM") - memory) / 1024 < MOST_MEGABYTES
    assert status_of(worker, "Threads") < MOST_THREADS


def test_those_that_wait_for_outcomes_keep_no_other_out(served):
    hide_positions(served)
    stuck = served.alert("short", strategy="net")
    try:
        with ThreadPoolExecutor(100) as pool:
            waiting = [pool.submit(served.post, stuck, wait=6) for _ in range(100)]
            assert {served.post(served.alert("long")).status_code for _ in range(20)} == {202}
            assert not all(one.done() for one in waiting)
            served.simulator.exchange.faults.clear()
            assert {one.result().status_code for one in waiting} <= {200, 202}
    finally:
        served.simulator.exchange.faults.clear()


@pytest.fixture
def narrow(tmp_path, request):
    """A server with this bound lowered, in front of an exchange that does not tell what is held."""
    code = LOWERED.format(**request.param)

    def command(bind, config):
        return [sys.executable, "-c", code, "--config", str(config), "serve", "--bind", bind]

    served = Served(tmp_path, command)
    hide_positions(served)
    served.wait_for(lambda: "ok" not in served.ready().get("accounts", {"": "ok"}).values())
    yield served
    served.stop()


def is_asked_to_come_again(refused, why):
    assert refused.status_code == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    assert why in refused.json()["detail"]


LANE_OF_ONE = {"module": "engine.backlog", "bound": "MOST_OF_LANE", "at": 1}


@pytest.mark.parametrize("narrow", [LANE_OF_ONE], indirect=True)
def test_what_would_be_too_much_is_refused_before_it_is_stored_and_taken_once_there_is_room(narrow):
    taken = [narrow.alert("short", strategy=strategy) for strategy in ("net", "trend")]
    assert [narrow.post(alert).status_code for alert in taken] == [202, 202]

    third = narrow.alert("long", strategy="net")
    is_asked_to_come_again(narrow.post(third), "lane net/ETHUSDT has 1 unfinished orders")
    assert stored(narrow) == 2
    assert [narrow.post(alert).status_code for alert in taken] == [200, 200]
    told = narrow.ready()
    assert told["status"] == "ready", "other lanes take orders"
    assert told["backlog"] == "lane main/ETHUSDT has 1 unfinished orders; lane net/ETHUSDT has 1 unfinished orders"

    narrow.simulator.exchange.faults.clear()
    narrow.wait_for(lambda: narrow.post(third).status_code == 202, 20)
    assert stored(narrow) == 3
