"""An order leaves with the acceptance of its alert only from a lane that no node has held since its last use."""

from datetime import timedelta

import pytest

from executor.core.order import Lane, State
from executor.ledger import Answered, HaltScope, LaneLost, OrderEnd
from tests.builders import (
    LANE,
    LONG,
    NOW,
    SHORT,
    alert,
    bring,
    departure,
    due,
    intent,
    mark_sent,
    pass_time,
    queue,
)


def depart(ledger, receipt="r1", *, fence=1, at=NOW, **terms):
    """Record an alert whose order is to leave at once: what was recorded, and the order."""
    recorded = ledger.alerts.record(alert(receipt, at=at), [intent(**terms)], [departure(fence)])
    return recorded, ledger.queries.receipt(receipt).orders[0]


def used_once(ledger):
    """A lane that was claimed once, and released."""
    claim = ledger.lanes.claim(LANE, "here") if due(ledger) else None
    if claim is None:
        queue(ledger, "earlier")
        claim = ledger.lanes.claim(LANE, "here")
    bring(ledger, claim, claim.orders[0].id, "confirmed")


def test_what_departs_is_sent_before_anything_leaves(ledger):
    recorded, order = depart(ledger)
    assert [claim.fence for claim in recorded.claims] == [1]
    assert order.state is State.SENT
    assert (order.attempt, order.position_before, order.plan, order.decided) == (1, LONG, SHORT, "reverse")
    assert [(row.attempt, row.client_order_id, row.outcome) for row in order.sends] == [(1, "xo1-1", None)]
    history = ledger.queries.receipt("r1").history[order.id]
    assert [step.state for step in history] == [State.QUEUED, State.SENT]


def test_the_claim_of_a_departure_is_a_claim_like_any_other(ledger):
    recorded, order = depart(ledger)
    (claim,) = recorded.claims
    assert ledger.lanes.claim(LANE, "there") is None
    ledger.orders.mark_accepted(claim, order.id, Answered(NOW, "e1"))
    assert ledger.orders.settle(claim, order.id, OrderEnd(State.CONFIRMED, NOW, "", position_after=SHORT))
    assert ledger.lanes.claim(LANE, "there").fence == 2
    with pytest.raises(LaneLost):
        ledger.orders.settle(claim, order.id, OrderEnd(State.CONFIRMED, NOW, ""))


def test_a_used_lane_is_departed_from_with_the_next_fence(ledger):
    used_once(ledger)
    recorded, order = depart(ledger, fence=2)
    assert recorded.claims
    assert order.state is State.SENT


STAYS = {
    "another process has the lane": lambda ledger: (
        queue(ledger, "other"),
        ledger.lanes.claim(LANE, "there"),
    ),
    "another order waits": lambda ledger: queue(ledger, "other", size="3"),
    "the lane was used meanwhile": used_once,
    "everything is halted": lambda ledger: ledger.halts.halt(HaltScope(), "me", "rest", NOW),
    "its account is halted": lambda ledger: ledger.halts.halt(HaltScope("main"), "me", "rest", NOW),
    "its symbol is halted": lambda ledger: ledger.halts.halt(HaltScope(None, "ETHUSDT"), "me", "rest", NOW),
    "its lane is halted": lambda ledger: ledger.halts.halt(HaltScope(*LANE), "me", "rest", NOW, timedelta(hours=1)),
}


@pytest.mark.parametrize("why", STAYS)
def test_an_order_stays_queued_if(ledger, why):
    STAYS[why](ledger)
    recorded, order = depart(ledger)
    assert recorded.claims == ()
    assert (order.state, order.attempt, order.sends, order.decided) == (State.QUEUED, 0, (), None)


@pytest.mark.parametrize("halt", [HaltScope("second"), HaltScope(None, "BTCUSDT"), HaltScope("second", "ETHUSDT")])
def test_a_halt_elsewhere_keeps_nothing_here(ledger, halt):
    ledger.halts.halt(halt, "me", "rest", NOW)
    assert depart(ledger)[0].claims


def test_an_expired_halt_keeps_nothing(ledger):
    ledger.halts.halt(HaltScope(), "me", "rest", NOW, timedelta(hours=1))
    pass_time(ledger, timedelta(hours=1))
    assert depart(ledger, at=ledger.now())[0].claims


def test_a_repeated_alert_departs_no_second_time(ledger):
    depart(ledger, "r1")
    again = ledger.alerts.record(alert("r2", key="r1"), [intent()], [departure(2)])
    assert (again.duplicate, again.receipt, again.claims) == (True, "r1", ())
    assert len(ledger.queries.orders()) == 1


def test_of_several_lanes_each_departs_by_itself(ledger):
    second = Lane("second", "ETHUSDT")
    queue(ledger, "other", account="second")
    intents = [intent(account="second", size="3"), intent()]
    recorded = ledger.alerts.record(alert("r1"), intents, [departure(lane=second, order="o2"), departure()])
    assert [claim.lane for claim in recorded.claims] == [LANE]
    states = {order.intent.account: order.state for order in ledger.queries.receipt("r1").orders}
    assert states == {"second": State.QUEUED, "main": State.SENT}


def test_what_departed_from_a_process_that_died_is_taken_over(ledger):
    _, order = depart(ledger)
    ledger.nodes.leave("here")
    claim = ledger.lanes.claim(LANE, "there")
    assert [(found.id, found.state) for found in claim.orders] == [(order.id, State.SENT)]


def test_a_second_order_cannot_be_sent_beside_one_that_departed(ledger):
    recorded, _ = depart(ledger)
    waiting = queue(ledger, "r2", size="3")
    with pytest.raises(Exception, match=r"one_in_flight|UNIQUE|unique"):
        mark_sent(ledger, recorded.claims[0], waiting)
