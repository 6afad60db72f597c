"""What may be concluded from what was seen. The rows are the policy; the properties are what must never happen."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.core import (
    AcceptedEvidence,
    Confirmed,
    Doubted,
    Evidence,
    Incomplete,
    KeepLooking,
    Leg,
    Operation,
    PlanAnew,
    Position,
    PositionMode,
    Refused,
    Target,
    Trace,
    emptied,
    judge_accepted,
    judge_doubt,
    judge_refused,
    longest_doubt,
    second_run_harms,
)

HEDGE, ONE_WAY = PositionMode.HEDGE, PositionMode.ONE_WAY


def held(long="0", short="0"):
    return Position(Decimal(long), Decimal(short))


BEFORE, PLAN = held("10"), held("0", "10")
STILL, OVER = True, False


@pytest.mark.parametrize(
    ("position", "trace", "could_still_run", "verdict"),
    [
        # at the plan with a trace of our own, or once it can no longer run
        (PLAN, Trace.FINISHED, STILL, Confirmed),
        (PLAN, Trace.FINISHED, OVER, Confirmed),
        (PLAN, Trace.FOREIGN, OVER, Confirmed),
        (PLAN, Trace.ABSENT, OVER, Confirmed),
        (PLAN, Trace.UNREAD, OVER, Confirmed),
        (held("0", "11"), Trace.ABSENT, OVER, Confirmed),
        # at the plan, and another may have made it: the request may still run
        (PLAN, Trace.FOREIGN, STILL, KeepLooking),
        (PLAN, Trace.ABSENT, STILL, KeepLooking),
        (PLAN, Trace.UNREAD, STILL, KeepLooking),
        # an order that has not ended can run at any time
        (PLAN, Trace.WORKING, STILL, KeepLooking),
        (PLAN, Trace.WORKING, OVER, KeepLooking),
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
        (BEFORE, Trace.FOREIGN, OVER, Incomplete),
    ],
)
def test_an_order_in_doubt_ends_by_evidence_only(position, trace, could_still_run, verdict):
    seen = Evidence(Target.SHORT, BEFORE, PLAN, position, trace, could_still_run)
    assert isinstance(judge_doubt(seen), verdict)


@pytest.mark.parametrize(
    ("position", "window_over", "trace", "long_over", "verdict"),
    [
        (PLAN, False, None, False, Confirmed),
        (PLAN, True, Trace.FINISHED, False, Confirmed),
        (BEFORE, False, None, False, KeepLooking),
        (held(), False, None, False, KeepLooking),
        (None, False, None, False, KeepLooking),
        (None, True, Trace.FINISHED, True, KeepLooking),
        # short of the plan after the window: only an order that has ended falls short
        (held(), True, Trace.FINISHED, False, Incomplete),
        (BEFORE, True, Trace.FINISHED, False, Incomplete),
        (held("0", "8"), True, Trace.FOREIGN, False, Incomplete),
        (held("10", "10"), True, Trace.FINISHED, False, Incomplete),
        (BEFORE, True, Trace.WORKING, True, KeepLooking),
        (BEFORE, True, Trace.UNREAD, True, KeepLooking),
        (BEFORE, True, None, True, KeepLooking),
        (BEFORE, True, Trace.ABSENT, False, KeepLooking),
        (BEFORE, True, Trace.ABSENT, True, Incomplete),
    ],
)
def test_an_accepted_order_ends_by_position_or_record(position, window_over, trace, long_over, verdict):
    seen = AcceptedEvidence(Target.SHORT, BEFORE, PLAN, position, window_over, trace, long_over)
    assert isinstance(judge_accepted(seen), verdict)


FIRST, LATER = False, True  # a look; whether an earlier one did not show the plan


@pytest.mark.parametrize(
    ("trace", "window_over", "long_over", "fell_short", "verdict"),
    [
        (Trace.FINISHED, False, False, FIRST, Confirmed),
        (Trace.FINISHED, False, False, LATER, Confirmed),
        (Trace.FOREIGN, False, False, LATER, Confirmed),  # a reversal has ended since, whatever id it bears
        # one that has not ended can run at any time
        (Trace.WORKING, False, False, FIRST, KeepLooking),
        (Trace.WORKING, True, True, FIRST, KeepLooking),
        (Trace.WORKING, True, True, LATER, KeepLooking),
        # no record: at the first look it may lag, later a person may have made the plan
        (Trace.ABSENT, False, False, FIRST, Confirmed),
        (Trace.ABSENT, True, False, LATER, KeepLooking),
        (Trace.ABSENT, True, True, LATER, Confirmed),
        (Trace.UNREAD, False, False, FIRST, KeepLooking),
        (Trace.UNREAD, True, False, FIRST, Confirmed),
        (Trace.UNREAD, True, False, LATER, KeepLooking),
        (Trace.UNREAD, True, True, LATER, KeepLooking),
    ],
)
def test_a_plan_that_is_held_asks_for_the_record(trace, window_over, long_over, fell_short, verdict):
    seen = AcceptedEvidence(Target.SHORT, BEFORE, PLAN, PLAN, window_over, trace, long_over, fell_short)
    assert isinstance(judge_accepted(seen), verdict)


@pytest.mark.parametrize(
    ("mode", "operation", "before", "plan", "harms"),
    [
        (HEDGE, Operation.REVERSE, BEFORE, PLAN, False),  # the whole leg
        (HEDGE, Operation.REVERSE, held("10", "2"), held("0", "12"), False),
        (HEDGE, Operation.REVERSE, BEFORE, held("7", "3"), True),  # a part of it
        (HEDGE, Operation.CLOSE, held("10", "2"), held(), False),
        (HEDGE, Operation.CLOSE, held("10", "2"), held("0", "2"), False),
        (HEDGE, Operation.OPEN, held(), PLAN, True),
        (ONE_WAY, Operation.REVERSE, BEFORE, PLAN, True),
        (ONE_WAY, Operation.CLOSE, BEFORE, held(), True),
        (ONE_WAY, Operation.OPEN, held(), PLAN, True),
    ],
)
def test_which_requests_do_harm_twice(mode, operation, before, plan, harms):
    assert second_run_harms(mode, operation, before, plan) is harms


def test_a_first_look_is_early():
    first = AcceptedEvidence(Target.SHORT, BEFORE, PLAN, BEFORE, True, Trace.ABSENT)
    assert isinstance(judge_accepted(first), KeepLooking)
    assert isinstance(judge_accepted(replace(first, position=PLAN, trace=Trace.UNREAD)), Confirmed)


@pytest.mark.parametrize(
    ("answered_doubt", "late_reads", "harms", "seconds"),
    [
        # the signature's 30 s, and how late reads may be
        (180, None, False, 35),
        (180, 7, False, 37),
        (180, 0, False, 30),
        # where it harms, no sooner than the account says
        (180, None, True, 195),
        (180, 7, True, 187),
        (10, 7, True, 37),
        (10, None, True, 45),
    ],
)
def test_a_doubt_has_an_end(answered_doubt, late_reads, harms, seconds):
    late = None if late_reads is None else timedelta(seconds=late_reads)
    assert longest_doubt(timedelta(seconds=answered_doubt), late, harms=harms) == timedelta(seconds=seconds)


def test_a_signature_may_live_longer():
    minute = timedelta(minutes=1)
    assert longest_doubt(minute, timedelta(0), harms=False, signature=2 * minute) == 2 * minute


@pytest.mark.parametrize(
    ("before", "plan", "legs"),
    [
        (BEFORE, PLAN, (Leg.LONG,)),
        (held("10", "2"), held(), (Leg.LONG, Leg.SHORT)),
        (held("10", "2"), held("0", "12"), (Leg.LONG,)),
        (BEFORE, held("7", "3"), ()),
        (held(), PLAN, ()),
    ],
)
def test_which_legs_a_plan_empties(before, plan, legs):
    assert emptied(before, plan) == legs


@pytest.mark.parametrize(
    ("position", "trace", "verdict"),
    [
        # something has moved, or left a record: no refusal undoes that
        (held(), Trace.ABSENT, Doubted),
        (held(), Trace.UNREAD, Doubted),
        (PLAN, Trace.ABSENT, Doubted),
        (BEFORE, Trace.FINISHED, Doubted),
        (BEFORE, Trace.FOREIGN, Doubted),
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
    verdict = judge_accepted(AcceptedEvidence(Target.SHORT, BEFORE, PLAN, held(), True, Trace.FINISHED))
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


@given(position=st.none() | positions, trace=st.sampled_from(list(Trace)))
def test_a_doubt_ends_early_only_by_our_own_record(position, trace):
    verdict = judge_doubt(Evidence(Target.SHORT, BEFORE, PLAN, position, trace, could_still_run=True))
    assert isinstance(verdict, KeepLooking) or (isinstance(verdict, Confirmed) and trace is Trace.FINISHED)
