"""Target × real position × rule → what to do: the whole table, for both position modes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.core import (
    Close,
    Contract,
    Denied,
    Intent,
    Leg,
    OnFlatTarget,
    Open,
    Position,
    PositionMode,
    Reverse,
    Target,
    Terms,
    Unneeded,
    WhenFlat,
    builds_up,
    decide,
    moves_away,
    parse_size,
)

D = Decimal
CONTRACT = Contract("ETHUSDT", D("0.01"), 2, D("0.05"), D(5), D(1000))
HEDGE, ONE_WAY = PositionMode.HEDGE, PositionMode.ONE_WAY
LONG, SHORT = Leg.LONG, Leg.SHORT


def intent(target, size="all", when_flat="ignore", on_flat_target="ignore", read_as=None):
    return Intent(
        account="main",
        symbol="ETHUSDT",
        rule="trend",
        target=Target(target),
        size=parse_size(size),
        when_flat=WhenFlat(when_flat),
        on_flat_target=OnFlatTarget(on_flat_target),
        expires_at=datetime(2026, 11, 20, 9, 1, tzinfo=UTC),
        verify_for=timedelta(seconds=10),
        read_as=read_as and Target(read_as),
    )


def held(long="0", short="0"):
    return Position(D(long), D(short))


def decided(position, mode=HEDGE, partial_one_way=False, mark_price=None, **terms):
    return decide(intent(**terms), position, Terms(mode, CONTRACT, partial_one_way, mark_price))


@pytest.mark.parametrize(
    ("mode", "position", "terms", "expected"),
    [
        # whole positions turn, in either mode and direction
        (HEDGE, held("10"), {"target": "short"}, Reverse(LONG, D(10), True, held("0", "10"))),
        (HEDGE, held("0", "10"), {"target": "long"}, Reverse(SHORT, D(10), True, held("10"))),
        (ONE_WAY, held("10"), {"target": "short"}, Reverse(LONG, D(10), True, held("0", "10"))),
        (ONE_WAY, held("0", "10"), {"target": "long"}, Reverse(SHORT, D(10), True, held("10"))),
        # a hedge account may hold both legs: the one that is against the target turns
        (HEDGE, held("10", "4"), {"target": "short"}, Reverse(LONG, D(10), True, held("0", "14"))),
        (HEDGE, held("10", "4"), {"target": "long"}, Reverse(SHORT, D(4), True, held("14"))),
        # part of it
        (HEDGE, held("20"), {"target": "short", "size": "3"}, Reverse(LONG, D(3), False, held("17", "3"))),
        (HEDGE, held("20"), {"target": "short", "size": "25%"}, Reverse(LONG, D(5), False, held("15", "5"))),
        (HEDGE, held("20"), {"target": "short", "size": "3.5"}, Reverse(LONG, D("3.5"), False, held("16.5", "3.5"))),
        # a number above the leg is clamped to it; 100% is all of it
        (HEDGE, held("10"), {"target": "short", "size": "11"}, Reverse(LONG, D(10), True, held("0", "10"))),
        (ONE_WAY, held("10"), {"target": "short", "size": "10"}, Reverse(LONG, D(10), True, held("0", "10"))),
        (ONE_WAY, held("10"), {"target": "short", "size": "100%"}, Reverse(LONG, D(10), True, held("0", "10"))),
        # from flat
        (HEDGE, held(), {"target": "short", "size": "3", "when_flat": "open"}, Open(SHORT, D(3), held("0", "3"))),
        (ONE_WAY, held(), {"target": "long", "size": "3", "when_flat": "open"}, Open(LONG, D(3), held("3"))),
        # toward flat
        (HEDGE, held("10"), {"target": "flat", "on_flat_target": "close"}, Close((LONG,), held())),
        (HEDGE, held("10", "4"), {"target": "flat", "on_flat_target": "close"}, Close((LONG, SHORT), held())),
        (ONE_WAY, held("0", "4"), {"target": "flat", "on_flat_target": "close"}, Close((SHORT,), held())),
        # an exit closes its side, whatever the rule says of flat, and leaves the other alone
        (HEDGE, held("3", "7"), {"target": "exit-long"}, Close((LONG,), held("0", "7"))),
        (HEDGE, held("3", "7"), {"target": "exit-short", "on_flat_target": "close"}, Close((SHORT,), held("3"))),
        (ONE_WAY, held("0", "4"), {"target": "exit-short"}, Close((SHORT,), held())),
        (ONE_WAY, held("4"), {"target": "exit-long"}, Close((LONG,), held())),
        # what counts is how the signals beside it make it read
        (HEDGE, held("0", "7"), {"target": "exit-long", "read_as": "flat"}, Close((SHORT,), held())),
        (HEDGE, held("3", "7"), {"target": "flat", "read_as": "exit-long"}, Close((LONG,), held("0", "7"))),
    ],
)  # fmt: skip
def test_an_action_is_decided(mode, position, terms, expected):
    assert decided(position, mode, **terms) == expected


@pytest.mark.parametrize(
    ("position", "terms", "words"),
    [
        (held("10"), {"target": "long"}, "already long: the account holds long 10"),
        (held("0", "10"), {"target": "short"}, "already short"),
        (held(), {"target": "flat"}, "on_flat_target: ignore"),
        (held(), {"target": "flat", "on_flat_target": "close"}, "already flat"),
        (held(), {"target": "exit-long"}, "there is no long position to exit: the account is flat"),
        (held("0", "4"), {"target": "exit-long"}, "there is no long position to exit: the account is short 4"),
        (held("4"), {"target": "exit-short"}, "there is no short position to exit: the account is long 4"),
        (held("10"), {"target": "flat"}, "on_flat_target: ignore"),
        (held(), {"target": "short"}, "when_flat: ignore"),
    ],
)
@pytest.mark.parametrize("mode", list(PositionMode))
def test_nothing_is_needed(mode, position, terms, words):
    decision = decided(position, mode, **terms)
    assert isinstance(decision, Unneeded)
    assert words in decision.reason


@pytest.mark.parametrize(
    ("mode", "position", "terms", "words"),
    [
        (ONE_WAY, held("10"), {"target": "short", "size": "3"}, "whole positions"),
        (ONE_WAY, held("10"), {"target": "short", "size": "99%"}, "whole positions"),
        (HEDGE, held("10"), {"target": "short", "size": "0.04"}, "below the contract's minimum of 0.05"),
        (HEDGE, held("10"), {"target": "short", "size": "0.009"}, "size 0 ETHUSDT is below"),
        (HEDGE, held("0.1"), {"target": "short", "size": "10%"}, "below the contract's minimum"),
        (HEDGE, held(), {"target": "short", "when_flat": "deny"}, "when_flat: deny"),
        (HEDGE, held(), {"target": "short", "when_flat": "open"}, "size all cannot open a position"),
        (HEDGE, held(), {"target": "short", "when_flat": "open", "size": "25%"}, "size 25% cannot open a position"),
        (HEDGE, held(), {"target": "short", "when_flat": "open", "size": "0.04"}, "below the contract's minimum"),
        (HEDGE, held(), {"target": "short", "when_flat": "open", "size": "1001"}, "above the contract's maximum"),
    ],
)
def test_what_cannot_be_done_is_denied_in_words(mode, position, terms, words):
    decision = decided(position, mode, **terms)
    assert isinstance(decision, Denied)
    assert words in decision.reason


@pytest.mark.parametrize(("maximum", "size"), [(D(1000), "1000"), (None, "1000000")])
def test_an_opening_may_reach_the_maximum(maximum, size):
    contract = replace(CONTRACT, maximum_market=maximum)
    decision = decide(intent("long", size, when_flat="open"), held(), Terms(HEDGE, contract))
    assert decision == Open(LONG, D(size), held(size))


@pytest.mark.parametrize("position", [held("10"), held()])
def test_sizes_are_rounded_down(position):
    assert decided(position, target="short", size="3.019", when_flat="open").size == D("3.01")


def test_a_size_worth_too_little_is_denied():
    decision = decided(held("10"), target="short", size="0.05", mark_price=D(90))
    assert isinstance(decision, Denied)
    assert "worth 4.50" in decision.reason


def test_a_one_way_account_may_allow_partial_reversals():
    decision = decided(held("10"), ONE_WAY, partial_one_way=True, target="short", size="3")
    assert decision == Reverse(LONG, D(3), False, held("0", "3"))


@pytest.mark.parametrize(
    ("action", "adds_to", "keeps"),
    [
        (Reverse(LONG, D(10), True, held("0", "10")), SHORT, {"short"}),
        (Reverse(SHORT, D(10), True, held("10")), LONG, {"long"}),
        (Open(LONG, D(3), held("3")), LONG, {"long"}),
        (Open(SHORT, D(3), held("0", "3")), SHORT, {"short"}),
        (Close((LONG,), held()), None, {"short", "flat", "exit-long"}),
        (Close((SHORT,), held()), None, {"long", "flat", "exit-short"}),
        (Close((LONG, SHORT), held()), None, {"flat"}),
    ],
)
def test_an_action_moves_one_way(action, adds_to, keeps):
    assert builds_up(action) is adds_to
    assert {target.value for target in Target if not moves_away(action, target)} == keeps


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        (Reverse(LONG, D("1E+1"), True, held()), "reverse the whole long position"),
        (Reverse(SHORT, D("1E+1"), False, held()), "reverse 10 of the short position"),
        (Open(LONG, D("1E+1"), held()), "open long 10"),
        (Close((LONG,), held()), "close the long position"),
        (Close((LONG, SHORT), held()), "close the long and the short position"),
        (Unneeded("already flat"), "already flat"),
        (Denied("too small"), "too small"),
    ],
)
def test_a_decision_reads_as_text(decision, text):
    assert str(decision) == text


legs = st.decimals(0, 1000, places=2)
sizes = st.sampled_from(["all", "3", "0.01", "25%", "100%", "999"])


@given(
    target=st.sampled_from(list(Target)),
    mode=st.sampled_from(list(PositionMode)),
    long=legs,
    short=legs,
    size=sizes,
    when_flat=st.sampled_from(list(WhenFlat)),
    on_flat_target=st.sampled_from(list(OnFlatTarget)),
)
def test_no_decision_moves_away_from_its_target(target, mode, long, short, size, when_flat, on_flat_target):
    position = Position(long, short if mode is HEDGE or not long else D(0))
    decision = decide(intent(target, size, when_flat, on_flat_target), position, Terms(mode, CONTRACT))
    if isinstance(decision, Unneeded | Denied):
        return
    assert not moves_away(decision, target)
    assert decision.plan.satisfies(decision.plan, target)
    assert not position.satisfies(decision.plan, target), "an order must have something to do"
    if isinstance(decision, Reverse):
        assert 0 < decision.size <= position.leg(decision.leg)
        assert decision.plan.long + decision.plan.short == position.long + position.short
