"""What may be concluded from what was seen. The rows are the policy; the properties are what must never happen."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.core.evidence import (
    Confirmed,
    Doubted,
    Evidence,
    Incomplete,
    KeepLooking,
    PlanAnew,
    Refused,
    Trace,
    judge_accepted,
    judge_doubt,
    judge_refused,
)
from executor.core.position import Position, Target


def held(long="0", short="0"):
    return Position(Decimal(long), Decimal(short))


BEFORE, PLAN = held("10"), held("0", "10")
STILL, OVER = True, False


@pytest.mark.parametrize(
    ("position", "trace", "could_still_run", "verdict"),
    [
        # at the target: it ran, whatever the records say
        (PLAN, Trace.FINISHED, STILL, Confirmed),
        (PLAN, Trace.UNREAD, STILL, Confirmed),
        (PLAN, Trace.ABSENT, OVER, Confirmed),
        (held("0", "11"), Trace.ABSENT, OVER, Confirmed),
        # unchanged, and it may still run: wait
        (BEFORE, Trace.ABSENT, STILL, KeepLooking),
        (BEFORE, Trace.FINISHED, STILL, KeepLooking),
        # unchanged, no trace, and it no longer can: it never ran
        (BEFORE, Trace.ABSENT, OVER, PlanAnew),
        # unknown is never a no
        (None, Trace.ABSENT, OVER, KeepLooking),
        (BEFORE, Trace.UNREAD, OVER, KeepLooking),
        (held(), Trace.UNREAD, OVER, KeepLooking),
        (BEFORE, Trace.WORKING, OVER, KeepLooking),
        # between close and open, or short of the plan for good
        (held(), Trace.FINISHED, STILL, KeepLooking),
        (held(), Trace.FINISHED, OVER, Incomplete),
        (held(), Trace.ABSENT, OVER, Incomplete),
        (held("0", "8"), Trace.FINISHED, OVER, Incomplete),
        (held("10", "10"), Trace.FINISHED, OVER, Incomplete),
        # it ran, and something turned it back
        (BEFORE, Trace.FINISHED, OVER, Incomplete),
    ],
)
def test_an_order_in_doubt_ends_by_evidence_only(position, trace, could_still_run, verdict):
    seen = Evidence(Target.SHORT, BEFORE, PLAN, position, trace, could_still_run)
    assert isinstance(judge_doubt(seen), verdict)


@pytest.mark.parametrize(
    ("position", "window_over", "verdict"),
    [
        (PLAN, False, Confirmed),
        (PLAN, True, Confirmed),
        (BEFORE, False, KeepLooking),
        (held(), False, KeepLooking),
        (held(), True, Incomplete),
        (BEFORE, True, Incomplete),
        (held("0", "8"), True, Incomplete),
        (held("10", "10"), True, Incomplete),
        (None, False, KeepLooking),
        (None, True, KeepLooking),
    ],
)
def test_an_accepted_order_is_verified_by_the_position(position, window_over, verdict):
    assert isinstance(judge_accepted(Target.SHORT, BEFORE, PLAN, position, window_over=window_over), verdict)


@pytest.mark.parametrize(
    ("position", "trace", "verdict"),
    [
        # something has moved, or left a record: no refusal undoes that
        (held(), Trace.ABSENT, Doubted),
        (held(), Trace.UNREAD, Doubted),
        (PLAN, Trace.ABSENT, Doubted),
        (BEFORE, Trace.FINISHED, Doubted),
        (BEFORE, Trace.WORKING, Doubted),
        (None, Trace.FINISHED, Doubted),
        # unread is unknown
        (None, Trace.ABSENT, KeepLooking),
        (BEFORE, Trace.UNREAD, KeepLooking),
        # unchanged, and no trace
        (BEFORE, Trace.ABSENT, Refused),
    ],
)
def test_a_refusal_is_believed_if_nothing_shows_that_anything_ran(position, trace, verdict):
    assert isinstance(judge_refused(BEFORE, position, trace), verdict)


def test_incomplete_says_what_is_held_and_what_to_do():
    verdict = judge_accepted(Target.SHORT, BEFORE, PLAN, held(), window_over=True)
    assert verdict == Incomplete(
        "the account holds flat, not the planned short 10 (it held long 10 before): look at the exchange's order "
        "history and put the position right by hand"
    )


positions = st.builds(Position, st.decimals(0, 20, places=1), st.decimals(0, 20, places=1))


@given(position=st.none() | positions, trace=st.sampled_from(list(Trace)), could_still_run=st.booleans())
def test_nothing_is_planned_anew_that_ran_or_could_still_run(position, trace, could_still_run):
    verdict = judge_doubt(Evidence(Target.SHORT, BEFORE, PLAN, position, trace, could_still_run))
    if isinstance(verdict, PlanAnew):
        assert not could_still_run
        assert trace is Trace.ABSENT
        assert position == BEFORE
