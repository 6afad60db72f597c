"""Which waiting order runs next, as a table: newest whole position first, every partial in its turn."""

from datetime import UTC, datetime, timedelta

import pytest

from executor.core.order import Intent, OnFlatTarget, WhenFlat
from executor.core.position import Target
from executor.core.precedence import Waiting, arrange
from executor.core.sizing import parse_size

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def waiting(order_id, target="short", size="all", expires=60, sent=None):
    intent = Intent(
        account="main",
        symbol="ETHUSDT",
        rule="trend",
        target=Target(target),
        size=parse_size(size),
        when_flat=WhenFlat.IGNORE,
        on_flat_target=OnFlatTarget.IGNORE,
        expires_at=NOW + timedelta(seconds=expires),
        verify_for=timedelta(seconds=10),
        signal_time=None if sent is None else NOW + timedelta(seconds=sent),
    )
    return Waiting(order_id, intent, intent.expires_at)


@pytest.mark.parametrize(
    ("orders", "expired", "superseded", "runs_next"),
    [
        ([], [], [], None),
        ([waiting("a")], [], [], "a"),
        ([waiting("a"), waiting("b", "long")], [], ["a"], "b"),
        ([waiting("a"), waiting("b", "long"), waiting("c", "flat")], [], ["a", "b"], "c"),
        # a flat target is whole whatever its size says
        ([waiting("a", "flat", size="3"), waiting("b")], [], ["a"], "b"),
        # partial reversals keep their turn
        ([waiting("a", size="3"), waiting("b", size="3")], [], [], "a"),
        ([waiting("a"), waiting("b", size="3"), waiting("c", "long")], [], ["a"], "b"),
        ([waiting("a", size="25%"), waiting("b", "long")], [], [], "a"),
        ([waiting("a", size="100%"), waiting("b", "long")], [], ["a"], "b"),
        # too old
        ([waiting("a", expires=0)], ["a"], [], None),
        ([waiting("a"), waiting("b", "long", expires=-1)], ["b"], [], "a"),
        # the sender's times count before the order of arrival
        ([waiting("a", sent=-1), waiting("b", "long", sent=-9)], [], ["b"], "a"),
        ([waiting("a", sent=-9), waiting("b", "long", sent=-1)], [], ["a"], "b"),
        ([waiting("a", sent=-1), waiting("b", "long", sent=-1)], [], ["a"], "b"),
        ([waiting("a", sent=-1), waiting("b", "long")], [], ["a"], "b"),
    ],
)
def test_waiting_orders_are_arranged(orders, expired, superseded, runs_next):
    arrangement = arrange(orders, NOW)
    assert [order_id for order_id, _ in arrangement.expired] == expired
    assert [order_id for order_id, _ in arrangement.superseded] == superseded
    assert arrangement.runs_next == runs_next


def test_a_late_delivery_does_not_undo_what_a_newer_signal_did():
    arrangement = arrange([waiting("late", sent=-20)], NOW, last_signal_at=NOW - timedelta(seconds=5))
    assert arrangement.runs_next is None
    assert "a newer signal, sent at 08:59:55 UTC, has already been carried out" in arrangement.superseded[0][1]


def test_a_late_partial_reversal_still_runs():
    arrangement = arrange([waiting("late", size="3", sent=-20)], NOW, last_signal_at=NOW)
    assert arrangement.runs_next == "late"
