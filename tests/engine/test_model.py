"""Signals × positions × faults × people × processes × files in any order, in both modes; then quiet, and the oracle.

After quiet, each lane holds what its last acceptable signal wants, or the ledger says loudly why not; nothing ran
twice, left too early, was released while it could run, or ended on what was read before its alert.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.trading import Trading
from tests.postgres import empty_tables

USUAL_DAYS = 16
DAYS = int(os.environ.get("MODEL_DAYS", USUAL_DAYS))  # more of them: MODEL_DAYS=500 pytest tests/engine/test_model.py
LEDGERS = os.environ.get("MODEL_LEDGER", "sqlite postgresql").split()  # the days are shared out among them


@pytest.mark.timeout(300 if DAYS == USUAL_DAYS else 0)
@pytest.mark.parametrize("ledger", LEDGERS)
def test_no_day_of_trading_breaks_the_promise(ledger, request):
    url = request.getfixturevalue("postgres_url") if ledger == "postgresql" else None

    def day():
        if url:
            empty_tables(url)
        return Trading(url)

    run_state_machine_as_test(
        day,  # type: ignore[arg-type]  # hypothesis only calls it
        settings=settings(
            max_examples=DAYS // len(LEDGERS),
            stateful_step_count=18,
            deadline=None,
            derandomize=DAYS == USUAL_DAYS,
            phases=[Phase.generate],  # a day takes seconds, and no two are alike: the story of the first one must do
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
