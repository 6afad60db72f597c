"""An order's way: every legal step, no other, and one order per lane at the exchange."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from executor.core.order import TRANSITIONS, Lane, State
from executor.core.position import Target
from executor.core.precedence import Signal
from executor.ledger import Answered, HaltScope, OrderEnd, OrderMoved
from executor.ledger.tables import orders
from tests.builders import DOUBT, LANE, NOW, SHORT, bring, intent, mark_sent, pass_time, queue

STEPS = {
    State.SENT: mark_sent,
    State.ACCEPTED: lambda ledger, claim, order: ledger.orders.mark_accepted(claim, order, Answered(NOW, "e1")),
    State.IN_DOUBT: lambda ledger, claim, order: ledger.orders.mark_in_doubt(claim, order, NOW, DOUBT),
    State.QUEUED: lambda ledger, claim, order: ledger.orders.requeue(claim, order, NOW, "never sent"),
    **{
        state: lambda ledger, claim, order, state=state: ledger.orders.settle(claim, order, OrderEnd(state, NOW, "end"))
        for state in State
        if state.final
    },
}


@pytest.mark.parametrize("before", list(State))
def test_a_step_is_written_exactly_if_the_table_allows_it(ledger, before):
    for after in State:
        order = queue(ledger, f"{before}-{after}", symbol=after)
        queue(ledger, f"{before}-{after}, the next one", symbol=after)  # so that the lane is kept
        claim = ledger.lanes.claim(Lane("main", after), "here")
        bring(ledger, claim, order, before)
        history = steps(ledger, order)
        if after in TRANSITIONS[before]:
            STEPS[after](ledger, claim, order)
            assert steps(ledger, order) == [*history, after]
        else:
            with pytest.raises(OrderMoved, match=f"is {before} and cannot become {after}"):
                STEPS[after](ledger, claim, order)
            assert steps(ledger, order) == history


def steps(ledger, order):
    receipt = next(row.receipt for row in ledger.queries.orders(limit=100) if row.id == order)
    return [step.state for step in ledger.queries.receipt(receipt).history[order]]


@pytest.mark.parametrize("first", ["sent", "accepted", "in_doubt"])
def test_a_second_order_of_a_lane_cannot_be_sent(ledger, first):
    one, two = queue(ledger, "r1"), queue(ledger, "r2", size="3")
    claim = ledger.lanes.claim(LANE, "here")
    bring(ledger, claim, one, first)
    with pytest.raises(IntegrityError):
        mark_sent(ledger, claim, two)
    assert ledger.queries.receipt("r2").orders[0].state is State.QUEUED
    assert ledger.queries.receipt("r2").orders[0].sends == ()


@pytest.mark.parametrize("state", ["sent", "accepted", "in_doubt"])
def test_the_database_itself_refuses_a_second_order_in_flight(ledger, state):
    one, two = queue(ledger, "r1"), queue(ledger, "r2", size="3")
    bring(ledger, ledger.lanes.claim(LANE, "here"), one, "sent")
    with pytest.raises(IntegrityError):
        ledger.database.write(
            lambda connection: connection.execute(update(orders).where(orders.c.id == two).values(state=state))
        )


def test_lanes_do_not_hinder_each_other(ledger):
    one, two = queue(ledger, "r1"), queue(ledger, "r2", account="second")
    mark_sent(ledger, ledger.lanes.claim(intent().lane, "here"), one)
    mark_sent(ledger, ledger.lanes.claim(intent(account="second").lane, "here"), two)
    assert len(ledger.queries.orders(state=State.SENT)) == 2


def test_every_send_stays_listed_with_its_outcome(ledger):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    mark_sent(ledger, claim, order)
    ledger.orders.mark_in_doubt(claim, order, NOW, DOUBT)
    ledger.orders.requeue(claim, order, NOW, "it did not run")
    mark_sent(ledger, claim, order, attempt=2)
    sends = ledger.queries.receipt("r1").orders[0].sends
    assert [(send.client_order_id, send.outcome) for send in sends] == [
        (f"x{order}-1", "not_done"),
        (f"x{order}-2", None),
    ]


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        ("queued", 0),
        ("sent", 1),
        ("accepted", 1),
        ("in_doubt", 1),
        ("confirmed", 1),
        ("incomplete", 1),
        ("rejected", 0),
    ],
)
def test_reversals_are_counted_unless_they_certainly_did_not_happen(ledger, state, counted):
    order = queue(ledger)
    bring(ledger, ledger.lanes.claim(LANE, "here"), order, state)
    assert ledger.queries.count_reversals(LANE, timedelta(hours=1)) == counted
    assert ledger.queries.count_reversals(intent(symbol="BTCUSDT").lane, timedelta(hours=1)) == 0
    pass_time(ledger, timedelta(hours=1))
    assert ledger.queries.count_reversals(LANE, timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        (HaltScope(), True),
        (HaltScope("main"), True),
        (HaltScope("main", "ETHUSDT"), True),
        (HaltScope(None, "ETHUSDT"), True),
        (HaltScope("second"), False),
        (HaltScope("main", "BTCUSDT"), False),
    ],
)
def test_nothing_is_sent_on_a_halted_lane(ledger, scope, covers):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    ledger.halts.halt(scope, "ann", "news", NOW)
    found = mark_sent(ledger, claim, order)
    assert (found is not None) is covers
    assert ledger.queries.receipt("r1").orders[0].state is (State.QUEUED if covers else State.SENT)
    if covers:
        assert (found.author, found.reason, found.scope) == ("ann", "news", scope)
        assert ledger.halts.in_force() == (found,)


def test_a_halt_ends_when_it_expires_or_is_lifted(ledger):
    ledger.halts.halt(HaltScope("main"), "ann", "lunch", NOW, timedelta(minutes=10))
    ledger.halts.halt(HaltScope(), "ann", "news", NOW)
    assert len(ledger.halts.in_force()) == 2
    assert ledger.halts.resume(HaltScope(), "bob", NOW) == 1
    assert ledger.halts.resume(HaltScope(), "bob", NOW) == 0
    assert [halt.reason for halt in ledger.halts.in_force()] == ["lunch"]
    assert timedelta(minutes=9) < ledger.halts.in_force()[0].left <= timedelta(minutes=10)
    pass_time(ledger, timedelta(minutes=10))
    assert ledger.halts.in_force() == ()


@pytest.mark.parametrize("sent", [None, NOW - timedelta(seconds=1)])
def test_a_signal_that_had_its_say_is_remembered_by_the_lane(ledger, sent):
    signal = Signal(NOW, sent, timedelta(milliseconds=1), Target.FLAT, Target.LONG)
    for number, said in enumerate([None, signal, None]):
        order = queue(ledger, f"r{number}")
        claim = ledger.lanes.claim(LANE, "here")
        assert claim.last_signal == (signal if number == 2 else None)
        ledger.orders.settle(claim, order, OrderEnd(State.UNNEEDED, NOW, "", last_signal=said))
    assert [idle.last_signal for idle in ledger.lanes.idle()] == [signal]


def test_another_target_counts_for_an_order_that_waits(ledger):
    order = queue(ledger, target="exit-long")
    claim = ledger.lanes.claim(LANE, "here")
    (waiting,) = claim.orders
    reread = replace(waiting.intent, read_as=Target.FLAT)
    ledger.orders.read_as(claim, order, reread)
    (found,) = ledger.queries.unfinished_orders(LANE)
    assert found == replace(waiting, intent=reread)
    mark_sent(ledger, claim, order)
    with pytest.raises(OrderMoved):
        ledger.orders.read_as(claim, order, waiting.intent)


def test_the_arrival_of_a_signal_from_before_it_was_kept_is_its_time(ledger):
    queue(ledger)
    sent = "UPDATE lanes SET last_signal_at = 1795165200000000"
    ledger.database.write(lambda connection: connection.execute(text(sent)))
    assert ledger.lanes.claim(LANE, "here").last_signal == Signal(NOW, NOW)


def test_a_sending_in_doubt_that_ends_expired_was_not_done(ledger):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    bring(ledger, claim, order, "in_doubt")
    ledger.orders.settle(claim, order, OrderEnd(State.EXPIRED, NOW, "it did not run and no longer can"))
    assert ledger.queries.receipt("r1").orders[0].sends[0].outcome == "not_done"
    assert ledger.queries.count_reversals(LANE, timedelta(hours=1)) == 0


@pytest.mark.parametrize("end", [State.CONFIRMED, State.INCOMPLETE])
def test_an_acceptance_may_be_written_down_with_its_orders_end(ledger, end):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    mark_sent(ledger, claim, order)
    answered = Answered(NOW + timedelta(seconds=1), "e1")
    assert ledger.orders.settle(
        claim, order, OrderEnd(end, NOW + timedelta(seconds=2), "", position_after=SHORT, answered=answered)
    )
    found = ledger.queries.receipt("r1")
    steps = [(step.state, step.at - NOW) for step in found.history[order]]
    assert steps[1:] == [
        (State.SENT, timedelta(0)),
        (State.ACCEPTED, timedelta(seconds=1)),
        (end, timedelta(seconds=2)),
    ]
    (sent,) = found.orders[0].sends
    assert (sent.outcome, sent.exchange_order_id) == (end.value, "e1")


@pytest.mark.parametrize("state", ["queued", "accepted", "in_doubt"])
def test_but_not_of_one_that_is_no_longer_known_as_sent(ledger, state):
    order = queue(ledger)
    claim = ledger.lanes.claim(LANE, "here")
    bring(ledger, claim, order, state)
    before = ledger.queries.receipt("r1")
    with pytest.raises(OrderMoved):
        ledger.orders.settle(claim, order, OrderEnd(State.CONFIRMED, NOW, "", answered=Answered(NOW, "e1")))
    assert ledger.queries.receipt("r1") == before
