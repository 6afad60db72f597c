"""What the ledger keeps of an order in doubt: why, until when, and what that means for its lane."""

from datetime import timedelta

import pytest

from executor.core.order import State
from executor.core.position import Leg
from executor.ledger import Answered, Doubt, LaneLost, LaneMemory, OrderEnd
from tests.builders import LANE, LONG, NOW, SHORT, bring, mark_sent, queue

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def doubted(ledger):
    """A claim, and a function that brings its order into doubt."""
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    mark_sent(ledger, claim, order)

    def doubt(may_run, **terms):
        ledger.orders.mark_in_doubt(claim, order, NOW, Doubt("timeout", may_run=may_run, **{"answered": False} | terms))
        return claim, order

    return doubt


def order_of(ledger, receipt="r1"):
    return ledger.queries.receipt(receipt).orders[0]


@pytest.mark.parametrize("answered", [True, False, None])
def test_a_doubt_keeps_whether_it_was_answered(ledger, doubted, answered):
    doubted(AN_HOUR, answered=answered)
    assert order_of(ledger).sends[0].answered is answered


def test_what_a_doubt_awaits_is_kept(ledger, doubted):
    claim, order = doubted(AN_HOUR)
    ledger.orders.set_awaits(claim, order, "the records cannot be read", timedelta(minutes=1))
    found = order_of(ledger)
    assert (found.state, found.reason, found.awaits) == (State.IN_DOUBT, "timeout", "the records cannot be read")
    ledger.orders.settle(claim, order, OrderEnd(State.INCOMPLETE, NOW, "closed"))
    assert (order_of(ledger).awaits, order_of(ledger).may_run_until) == ("", None)


def test_words_without_a_time_keep_the_time(ledger, doubted):
    claim, order = doubted(AN_HOUR)
    before = order_of(ledger).may_run_until
    ledger.orders.set_awaits(claim, order, "its account has left config.yaml")
    assert order_of(ledger).may_run_until == before is not None


@pytest.mark.parametrize(("may_run", "ended"), [(AN_HOUR, False), (-AN_HOUR, True)], ids=["may run", "cannot run"])
def test_an_accepted_order_without_an_end_is_ended_by_hand(ledger, may_run, ended):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    bring(ledger, claim, order, State.ACCEPTED)
    ledger.orders.set_awaits(claim, order, "no record of it", may_run)
    assert ledger.orders.end_by_hand(order, NOW, "ann: looked it up") is ended
    assert order_of(ledger).state is (State.ENDED if ended else State.ACCEPTED)


def test_a_lane_that_was_taken_away_is_not_guarded(ledger, doubted):
    claim, _ = doubted(AN_HOUR)
    ledger.nodes.leave("here")
    ledger.lanes.claim(LANE, "there")
    with pytest.raises(LaneLost):
        ledger.lanes.guard(claim, {Leg.LONG: AN_HOUR})


def test_a_doubt_is_not_ended_while_it_may_run(ledger, doubted):
    _, order = doubted(AN_HOUR)
    assert not ledger.orders.end_by_hand(order, NOW, "ann: looked it up")
    assert order_of(ledger).state is State.IN_DOUBT
    assert order_of(ledger).may_run_until is not None


def test_a_doubt_that_cannot_run_is_ended_by_hand(ledger, doubted):
    _, order = doubted(-timedelta(seconds=1))
    assert ledger.orders.end_by_hand(order, NOW, "ann: looked it up")
    assert (order_of(ledger).state, order_of(ledger).reason) == (State.ENDED, "ann: looked it up")
    assert not ledger.orders.end_by_hand(order, NOW, "ann: again")


@pytest.mark.parametrize("state", [state for state in State if state is not State.IN_DOUBT])
def test_only_a_doubt_is_ended_by_hand(ledger, state):
    order = queue(ledger)
    bring(ledger, ledger.lanes.claim(LANE, "here"), order, state)
    assert not ledger.orders.end_by_hand(order, NOW, "ann: looked it up")
    assert order_of(ledger).state is state


def test_the_next_claim_knows_what_was_held_before(ledger):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    mark_sent(ledger, claim, order)
    ledger.orders.mark_accepted(claim, order, Answered(NOW, "e1"))
    ledger.orders.settle(claim, order, OrderEnd(State.CONFIRMED, NOW, "", position_after=SHORT, ran_from=LONG))
    (idle,) = ledger.lanes.idle()
    queue(ledger, "r2")
    memory = ledger.lanes.claim(LANE, "there").memory
    assert memory.position_before == idle.memory.position_before == LONG
    assert timedelta(0) <= memory.ended_ago < timedelta(seconds=30)


def test_a_lane_without_orders_remembers_nothing(ledger):
    queue(ledger)
    assert ledger.lanes.claim(LANE, "here").memory == LaneMemory()


def test_a_guarded_leg_is_known_to_the_next_claim(ledger, doubted):
    claim, order = doubted(AN_HOUR, guarded={Leg.LONG: AN_HOUR})
    ledger.orders.settle(claim, order, OrderEnd(State.EXPIRED, NOW, "too old"))
    (idle,) = ledger.lanes.idle()
    assert set(idle.memory.guarded) == {Leg.LONG}
    assert timedelta(minutes=59) < idle.memory.guarded[Leg.LONG] <= AN_HOUR


def test_a_guard_is_lifted(ledger, doubted):
    claim, order = doubted(AN_HOUR, guarded={Leg.LONG: AN_HOUR})
    ledger.lanes.guard(claim, {Leg.LONG: timedelta(0)})
    ledger.orders.settle(claim, order, OrderEnd(State.CONFIRMED, NOW, ""))
    (idle,) = ledger.lanes.idle()
    assert idle.memory.guarded == {}


def test_what_was_ended_by_hand_counts_as_done_now(ledger, doubted):
    _, order = doubted(-timedelta(seconds=1))
    assert ledger.orders.end_by_hand(order, NOW, "ann: looked it up")
    ledger.nodes.leave("here")
    queue(ledger, "r2")
    assert ledger.lanes.claim(LANE, "there").memory.ended_ago < timedelta(seconds=30)
