"""Signals × positions × faults in any order, in both modes; then quiet, and the oracle.

After quiet, each lane holds what its last acceptable signal wants, or the ledger says loudly why not; and no reversal
that ran moved a position away from its signal's target, or ran twice for one intent.
"""

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from executor.core.order import State
from tests.desk import Desk

USUAL_DAYS = 25
DAYS = int(os.environ.get("MODEL_DAYS", USUAL_DAYS))  # more of them: MODEL_DAYS=500 pytest tests/engine/test_model.py
LOUD = {State.INCOMPLETE, State.REJECTED, State.EXPIRED, State.DENIED}
FAULTS = [
    "drop-reply", "drop-request", "reset-reply", "late:ms=400", "late:ms=1300", "status-after", "status",
    "garbage-after", "empty", "429", "code=40010", "code-after=45001", "code=40200", "code=40762", "code-after=40762",
]  # fmt: skip
READS = ["all-position:status", "single-position:garbage", "detail:drop-reply", "orders-history:status"]
LANES = [("main", "ETHUSDT"), ("main", "BTCUSDT"), ("net", "ETHUSDT")]


class Trading(RuleBasedStateMachine):
    """What may happen to an executor in a day, in seconds."""

    @initialize()
    def open(self):
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(Path(self.folder.name), account=", late_reads: 700ms, answered_doubt: 2s")
        self.desk.run()

    @rule(lane=st.sampled_from(LANES), wanted=st.sampled_from(["long", "short"]))
    def signal(self, lane, wanted):
        account, symbol = lane
        self.desk.signal(wanted, symbol=symbol, **({"account": "net"} if account == "net" else {}))

    @rule(symbol=st.sampled_from(["ETHUSDT", "BTCUSDT"]), wanted=st.sampled_from(["long", "short"]))
    def partial_signal(self, symbol, wanted):
        self.desk.signal(wanted, symbol=symbol, size="0.5")

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 2))
    def orders_fail(self, fault, times):
        self.desk.fault(f"click-backhand:{fault}:{times}")

    @rule(fault=st.sampled_from(READS), times=st.integers(1, 3))
    def reads_fail(self, fault, times):
        self.desk.fault(f"{fault}:{times}")

    @rule(milliseconds=st.sampled_from([0, 200, 600]))
    def reads_lag(self, milliseconds):
        self.desk.exchange.stale_ms = milliseconds

    @rule()
    def another_process_joins(self):
        if len(self.desk.runners) < 2:
            self.desk.run()

    @rule()
    def quiet(self):
        self.desk.exchange.faults.clear()
        ledger = self.desk.runner.ledger
        self.desk.wait_for(lambda: all(order.state.final for order in ledger.orders(limit=1000)), 40)
        orders = sorted(ledger.orders(limit=1000), key=lambda order: order.seq)
        self.check_reversals({order.id: order for order in orders})
        for account, symbol in LANES:
            mine = [order for order in orders if order.intent.lane == (account, symbol)]
            if mine:
                self.check_position(mine, self.desk.held(account, symbol))

    def check_reversals(self, orders):
        runs = Counter()
        for entry in self.desk.executed():
            order = orders[entry["body"]["clientOid"][1:25]]
            assert order.state is not State.REJECTED, (order, entry)
            target = order.intent.target.value
            against = {"long": "short", "short": "long"}[target]
            assert float(entry["after"].get(target, 0)) > float(entry["before"].get(target, 0)), (order, entry)
            assert float(entry["after"].get(against, 0)) < float(entry["before"].get(against, 0)), (order, entry)
            runs[order.id] += 1
        assert all(number == 1 for number in runs.values()), runs

    def check_position(self, orders, held):
        newest = orders[-1]
        if newest.state in LOUD:
            return
        assert newest.state in (State.CONFIRMED, State.UNNEEDED), newest
        assert newest.intent.target.value in held, (newest, held)
        if newest.intent.whole:
            assert set(held) == {newest.intent.target.value}, (newest, held)

    def teardown(self):
        try:
            if hasattr(self, "desk"):
                self.quiet()
        finally:
            if hasattr(self, "desk"):
                self.desk.close()
                self.folder.cleanup()


@pytest.mark.timeout(300)
def test_no_day_of_trading_breaks_the_promise():
    run_state_machine_as_test(
        Trading,
        settings=settings(
            max_examples=DAYS,
            stateful_step_count=14,
            deadline=None,
            derandomize=DAYS == USUAL_DAYS,
            suppress_health_check=list(HealthCheck),
        ),
    )
