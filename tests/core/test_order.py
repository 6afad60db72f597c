"""The order's states: which ways there are, and that there are no others."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from executor.core import (
    DECISIVE,
    TRANSITIONS,
    Intent,
    Lane,
    OnFlatTarget,
    State,
    Target,
    WhenFlat,
    client_order_id,
    order_id,
    parse_size,
)

INTENT = Intent(
    account="main",
    symbol="ETHUSDT",
    rule="trend",
    target=Target.SHORT,
    size=parse_size("25%"),
    when_flat=WhenFlat.IGNORE,
    on_flat_target=OnFlatTarget.CLOSE,
    expires_at=datetime(2026, 11, 20, 9, 1, tzinfo=UTC),
    verify_for=timedelta(seconds=10),
)


@pytest.mark.parametrize(
    "way",
    [
        "queued sent accepted confirmed",
        "queued sent accepted incomplete",
        "queued sent rejected",
        "queued sent in_doubt confirmed",
        "queued sent in_doubt incomplete",
        "queued sent in_doubt queued sent accepted confirmed",
        "queued sent in_doubt expired",
        "queued sent in_doubt ended",
        "queued sent accepted ended",
        "queued sent queued expired",
        "queued unneeded",
        "queued denied",
        "queued superseded",
    ],
)
def test_an_order_may_go(way):
    states = [State(word) for word in way.split()]
    for before, after in pairwise(states):
        assert after in TRANSITIONS[before]
    assert states[-1].final


def test_in_doubt_is_never_final():
    assert not State.IN_DOUBT.final


def test_three_states_are_in_flight():
    assert {state.value for state in State if state.in_flight} == {"sent", "accepted", "in_doubt"}


def test_three_states_are_decisive():
    assert set(DECISIVE) == {"confirmed", "incomplete", "unneeded"}


@pytest.mark.parametrize(
    ("target", "size", "whole"),
    [
        ("short", "all", True),
        ("short", "100%", True),
        ("short", "3", False),
        ("flat", "3", True),
        ("flat", "all", True),
        ("exit-long", "3", True),
        ("exit-short", "all", True),
    ],
)
def test_an_intent_may_be_whole(target, size, whole):
    assert replace(INTENT, target=Target(target), size=parse_size(size)).whole is whole


@pytest.mark.parametrize(
    ("target", "on_flat_target", "read_as", "aim", "ignored"),
    [
        ("flat", "ignore", None, "flat", True),
        ("flat", "close", None, "flat", False),
        ("flat", "ignore", "exit-long", "exit-long", False),
        ("exit-long", "ignore", None, "exit-long", False),
        ("exit-long", "ignore", "flat", "flat", False),
        ("short", "ignore", None, "short", False),
    ],
)
def test_what_counts_is_how_a_target_is_read(target, on_flat_target, read_as, aim, ignored):
    intent = replace(
        INTENT,
        target=Target(target),
        on_flat_target=OnFlatTarget(on_flat_target),
        read_as=read_as and Target(read_as),
    )
    assert (intent.aim, intent.ignored) == (Target(aim), ignored)


def test_an_intent_of_an_older_ledger_is_read():
    older = {
        key: value for key, value in INTENT.to_json().items() if key not in ("signal_step_seconds", "from", "read_as")
    }
    assert Intent.from_json(older) == INTENT


def test_an_intent_has_its_lane():
    assert INTENT.lane == Lane("main", "ETHUSDT")
    assert str(INTENT.lane) == "main/ETHUSDT"


def test_times_are_exact_without_a_step():
    assert INTENT.signal_step == timedelta(microseconds=1)


def test_a_client_order_id_is_safe_under_every_documented_length():
    name = client_order_id(order_id("0" * 26, Lane("main", "ETHUSDT"), "eth-trend"), 9999)
    assert re.fullmatch("x[0-9a-f]{24}-9999", name)


def test_an_order_is_named_by_what_it_is_for():
    lane = Lane("main", "ETHUSDT")
    assert order_id("r1", lane, "a") == order_id("r1", lane, "a")
    assert len({order_id("r1", lane, "a"), order_id("r2", lane, "a"), order_id("r1", lane, "b")}) == 3


@pytest.mark.parametrize(
    "intent",
    [
        INTENT,
        replace(
            INTENT,
            signal_time=datetime(2026, 11, 20, 9, 0, 0, 5, tzinfo=UTC),
            signal_step=timedelta(milliseconds=1),
            leaves=Target.LONG,
            read_as=Target.FLAT,
        ),
    ],
)
def test_an_intent_survives_its_json(intent):
    assert Intent.from_json(intent.to_json()) == intent
