"""Many lanes in doubt at once hold up no healthy lane of their account, and are all sent again within their rate."""

import time
from collections import Counter
from datetime import timedelta
from itertools import cycle

import pytest

from executor.core.order import State
from executor.engine.timings import Timings
from executor.simulator import parse_fault
from tests.faults.trading import Trading

SICK = [f"SYM{number}USDT" for number in range(60)]
HEALTHY = [f"SYM{number}USDT" for number in range(60, 100)]
MOST_BEFORE = 6  # requests between an alert and its order's arrival, itself included: 10 may come in a second
A_SECOND = timedelta(seconds=1)
QUICK = Timings(signature_lifetime=timedelta(seconds=6))


@pytest.fixture
def crowd(tmp_path, url):
    """An account on either database, with sixty lanes whose requests get lost."""
    account = ", late_reads: 1s, answered_doubt: 10s"
    crowd = Trading(tmp_path, url, symbols=[*SICK, *HEALTHY], account=account, timings=QUICK)
    yield crowd
    crowd.close(drain_seconds=1)


def reached(crowd, receipt):
    """How many requests had come to the exchange with the receipt's order, None if it has not come."""
    order = crowd.running[0].ledger.queries.receipt(receipt).orders[0]
    sent = {send.client_order_id for send in order.sends}
    came = enumerate(list(crowd.exchange.journal), start=1)
    return next((number for number, entry in came if entry["body"]["clientOid"] in sent), None)


def test_sixty_doubts_hold_up_no_healthy_lane(crowd):
    runner = crowd.run()
    crowd.wait_for(lambda: crowd.knows(runner))
    crowd.exchange.faults.add(parse_fault("click-backhand:drop-request:times=60"))
    sick = [crowd.signal(runner, "short", symbol) for symbol in SICK]
    crowd.wait_for(lambda: len(crowd.exchange.journal) == len(SICK))
    waits, targets = [], cycle(["short"] * len(HEALTHY) + ["long"] * len(HEALTHY))
    for symbol, target in zip(cycle(HEALTHY), targets, strict=False):
        if all(runner.ledger.queries.receipt(receipt).orders[0].state.final for receipt in sick) or len(waits) > 60:
            break
        before, receipt = len(crowd.exchange.journal), crowd.signal(runner, target, symbol)
        waits.append(crowd.wait_for(lambda receipt=receipt: reached(crowd, receipt)) - before)
        time.sleep(0.25)
    assert len(waits) >= 5, "they were sent while the others were in doubt"
    assert sorted(waits)[int(len(waits) * 0.9)] <= MOST_BEFORE, waits
    final = lambda: all(runner.ledger.queries.receipt(receipt).orders[0].state.final for receipt in sick)  # noqa: E731
    crowd.wait_for(final)
    orders = [runner.ledger.queries.receipt(receipt).orders[0] for receipt in sick]
    assert [order.state for order in orders] == [State.CONFIRMED] * len(SICK)
    ran = Counter(entry["body"]["symbol"] for entry in crowd.exchange.journal if entry["executed"])
    assert [ran[symbol] for symbol in SICK] == [1] * len(SICK)
    left = sorted(send.signed_at for order in runner.ledger.queries.orders(limit=1000) for send in order.sends)
    assert all(later - earlier > A_SECOND for earlier, later in zip(left, left[10:], strict=False))
