"""Which waiting order runs next, as a table: newest whole position first, every partial in its turn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from executor.core import (
    Intent,
    OnFlatTarget,
    Signal,
    Target,
    Waiting,
    WhenFlat,
    arrange,
    compare,
    following,
    parse_size,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def at(arrived=0, sent=None, step=0.000001, target=None, leaves=None):
    """A signal, by seconds from NOW."""
    when = None if sent is None else NOW + timedelta(seconds=sent)
    return Signal(
        NOW + timedelta(seconds=arrived),
        when,
        timedelta(seconds=step),
        target and Target(target),
        leaves and Target(leaves),
    )


def waiting(
    order_id, target="short", size="all", expires=60, sent=None, arrived=0, on_flat_target="close", leaves=None
):
    intent = Intent(
        account="main",
        symbol="ETHUSDT",
        rule="trend",
        target=Target(target),
        size=parse_size(size),
        when_flat=WhenFlat.IGNORE,
        on_flat_target=OnFlatTarget(on_flat_target),
        expires_at=NOW + timedelta(seconds=expires),
        verify_for=timedelta(seconds=10),
        signal_time=None if sent is None else NOW + timedelta(seconds=sent),
        leaves=leaves and Target(leaves),
    )
    return Waiting(order_id, intent, intent.expires_at, Signal.of(intent, NOW + timedelta(seconds=arrived)))


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


IGNORED = waiting("i", "flat", on_flat_target="ignore")


@pytest.mark.parametrize(
    ("orders", "runs_next"),
    [
        ([IGNORED], None),
        ([waiting("a"), IGNORED], "a"),
        ([IGNORED, waiting("a", "long")], "a"),
        ([waiting("a", size="3"), IGNORED], "a"),
        ([waiting("a", sent=-9), waiting("i", "flat", sent=-1, on_flat_target="ignore")], "a"),
        ([waiting("i", "flat", expires=0, on_flat_target="ignore")], None),
    ],
)
def test_a_flat_that_its_rule_ignores_ends_at_once(orders, runs_next):
    arrangement = arrange(orders, NOW, last=at(sent=-20))
    assert [order_id for order_id, _ in arrangement.unneeded] == ["i"]
    assert "on_flat_target: ignore" in arrangement.unneeded[0][1]
    assert (arrangement.expired, arrangement.superseded) == ((), ())
    assert arrangement.runs_next == runs_next


def test_a_late_delivery_does_not_undo_what_a_newer_signal_did():
    arrangement = arrange([waiting("late", sent=-20)], NOW, last=at(sent=-5))
    assert arrangement.runs_next is None
    assert "a newer signal, sent at 08:59:55 UTC, has already been carried out" in arrangement.superseded[0][1]


def test_the_newest_signal_still_runs():
    assert arrange([waiting("again", sent=-5)], NOW, last=at(sent=-5)).runs_next == "again"


def test_late_and_older_orders_say_why():
    orders = [waiting("late", sent=-20), waiting("older", sent=-3), waiting("newest", "long", sent=-1)]
    arrangement = arrange(orders, NOW, last=at(sent=-5))
    assert arrangement.runs_next == "newest"
    assert dict(arrangement.superseded) == {
        "late": "a newer signal, sent at 08:59:55 UTC, has already been carried out",
        "older": "a newer signal wants long",
    }


def test_a_signal_moves_to_another_clock():
    assert at(1, sent=0).shifted(timedelta(seconds=2)) == at(3, sent=0)


def test_a_late_partial_reversal_still_runs():
    arrangement = arrange([waiting("late", size="3", sent=-20)], NOW, last=at(sent=0))
    assert arrangement.runs_next == "late"


def test_a_late_delivery_is_told_from_a_newer_signal_without_a_time():
    late = waiting("late", sent=-20, arrived=1)
    arrangement = arrange([late], NOW, last=at(arrived=0))
    assert "a newer signal, received at 09:00:00 UTC, has already been carried out" in arrangement.superseded[0][1]
    assert arrange([waiting("soon", sent=-1, arrived=1)], NOW, last=at(arrived=0)).runs_next == "soon"


NO_MEMORY = None
WANTS_LONG, WANTS_SHORT, WANTS_FLAT = (at(-9, target=target) for target in ("long", "short", "flat"))
EXIT = waiting("x", "exit-long")


@pytest.mark.parametrize(
    ("last", "under_way", "orders", "superseded", "runs_next", "reread"),
    [
        # nothing is wanted, or it is not known what: in its turn
        (NO_MEMORY, None, [EXIT], [], "x", {}),
        (at(-9), None, [EXIT], [], "x", {}),
        (WANTS_FLAT, None, [EXIT], [], "x", {}),
        (WANTS_FLAT, None, [EXIT, waiting("p", size="3")], [], "x", {}),
        (NO_MEMORY, None, [waiting("f", "flat"), EXIT], [], "f", {}),
        # the side that is wanted
        (WANTS_LONG, None, [EXIT], [], "x", {}),
        (WANTS_LONG, None, [EXIT, waiting("p", size="3")], [], "x", {}),
        (WANTS_SHORT, at(-1, target="long"), [EXIT], [], "x", {}),
        # an entry of it that has not been sent: what it would have turned is closed
        (NO_MEMORY, None, [waiting("e", "long"), EXIT], ["e"], "x", {"x": "flat"}),
        (WANTS_LONG, None, [waiting("e", "long"), EXIT], ["e"], "x", {"x": "flat"}),
        (WANTS_SHORT, at(-1, target="short"), [waiting("e", "long"), EXIT], ["e"], "x", {"x": "flat"}),
        (NO_MEMORY, None, [waiting("d", "short"), waiting("e", "long"), EXIT], ["d", "e"], "x", {"x": "flat"}),
        (at(0, target="short"), None, [waiting("e", "long"), EXIT], ["e"], "x", {"x": "flat"}),
        # one that waits, but is older than what is under way
        (None, at(9, target="long"), [waiting("e", "short"), waiting("x", "exit-long", arrived=10)], ["e"], "x", {}),
        # the other side: it runs last, and only what it finds is closed
        (WANTS_SHORT, None, [EXIT], [], "x", {}),
        (WANTS_LONG, None, [waiting("e", "short"), EXIT], [], "e", {}),
        (WANTS_LONG, None, [EXIT, waiting("e", "short")], [], "e", {}),
        (WANTS_SHORT, None, [EXIT, waiting("p", size="3")], [], "p", {}),
        (WANTS_LONG, at(-1, target="short"), [EXIT, waiting("p", size="3")], [], "p", {}),
        (WANTS_SHORT, None, [waiting("x", "exit-long", arrived=-20)], [], "x", {}),
        # older than what is wanted
        (WANTS_LONG, None, [waiting("x", "exit-long", arrived=-10)], ["x"], None, {}),
        (WANTS_FLAT, None, [waiting("x", "exit-long", arrived=-10)], ["x"], None, {}),
        (at(0), None, [waiting("x", "exit-long", arrived=-10)], ["x"], None, {}),
        (NO_MEMORY, None, [EXIT, waiting("e", "long", arrived=1)], ["x"], "e", {}),
        (None, at(-1, target="exit-long"), [waiting("x", "exit-long", arrived=-10)], ["x"], None, {}),
        # two exits
        (WANTS_LONG, None, [EXIT, waiting("y", "exit-short")], [], "x", {}),
        (WANTS_LONG, None, [EXIT, waiting("y", "exit-long")], [], "x", {}),
        (NO_MEMORY, None, [waiting("e", "long"), EXIT, waiting("y", "exit-long")], ["e"], "x", {"x": "flat"}),
        (NO_MEMORY, None, [waiting("y", "exit-short"), waiting("e", "long"), EXIT], ["e"], "x", {"x": "flat"}),
    ],
)
def test_an_exit_counts_for_the_side_that_is_wanted(last, under_way, orders, superseded, runs_next, reread):
    arrangement = arrange(orders, NOW, last, under_way)
    assert sorted(order_id for order_id, _ in arrangement.superseded) == superseded
    assert arrangement.runs_next == runs_next
    assert dict(arrangement.reread) == reread


def test_second_exit_of_a_moment_counts():
    """The first has closed the other side of a hedge account, and so moved the lane's clock."""
    last = following(at(-60, -60, 1, "long", "flat"), at(0, 0, 1, "exit-short"))
    assert arrange([waiting("x", "exit-long", sent=0, arrived=0.1)], NOW, last).runs_next == "x"


def test_an_exit_says_what_it_leaves_out():
    assert arrange([waiting("e", "long"), EXIT], NOW).superseded == (("e", "a newer signal exits long"),)
    older = arrange([waiting("x", "exit-long", arrived=-10)], NOW, WANTS_LONG)
    assert older.superseded == (("x", "it is older than the lane's newest signal"),)


def test_an_exit_that_is_read_as_flat_is_one():
    entry = waiting("e", "short")
    reread = Waiting("x", replace(EXIT.intent, read_as=Target.FLAT), EXIT.deadline, at(1, target="flat"))
    assert [order_id for order_id, _ in arrange([entry, reread], NOW).superseded] == ["e"]


LATER = at(1, target="exit-long")


@pytest.mark.parametrize(
    ("last", "signal", "sent", "newest"),
    [
        (None, at(1, target="short"), False, at(1, target="short")),
        (WANTS_LONG, at(1, target="short"), False, at(1, target="short")),
        (WANTS_LONG, at(-20, target="short"), True, WANTS_LONG),
        (WANTS_LONG, WANTS_SHORT, False, WANTS_SHORT),
        # an exit of the wanted side, whether or not there was anything to close
        (WANTS_LONG, LATER, True, LATER),
        (WANTS_LONG, LATER, False, LATER),
        # an exit of the other side changes nothing of what is wanted
        (WANTS_SHORT, LATER, False, WANTS_SHORT),
        (WANTS_SHORT, LATER, True, at(1, target="short")),
        (at(-9, target="short", leaves="flat"), LATER, True, at(1, target="short", leaves="flat")),
        (WANTS_FLAT, LATER, False, WANTS_FLAT),
        (WANTS_FLAT, LATER, True, LATER),
        (at(-9), LATER, True, LATER),
        (None, LATER, False, None),
        (None, LATER, True, LATER),
    ],
)
def test_which_signal_a_lane_follows(last, signal, sent, newest):
    assert following(last, signal, sent=sent) == newest


SECOND, MILLISECOND = 1, 0.001


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        # without times, the arrival decides
        (at(1), at(0), 1),
        (at(0), at(0), 0),
        # both in time: when they were sent
        (at(3, sent=1), at(2, sent=1.5), -1),
        (at(2, sent=1.5), at(3, sent=1), 1),
        # equal at the coarser of their steps: one moment, so the arrival
        (at(3, sent=1, step=SECOND), at(2, sent=1.7, step=MILLISECOND), 1),
        (at(3, sent=1, step=SECOND), at(4, sent=1.7, step=MILLISECOND), -1),
        (at(3, sent=1, step=SECOND), at(2, sent=2, step=SECOND), -1),
        (at(3, sent=1.2, step=MILLISECOND), at(2, sent=1.7, step=MILLISECOND), -1),
        (at(3, sent=1, step=SECOND), at(3, sent=1, step=SECOND), 0),
        (at(3, sent=0, step=60), at(2, sent=59, step=SECOND), 1),
        # both ahead of their arrivals: as given
        (at(1, sent=56), at(2, sent=55), 1),
        (at(1, sent=55), at(2, sent=56), -1),
        # one ahead: its clock is wrong, and so each counts from the earlier
        (at(10, sent=9), at(0, sent=55), 1),
        (at(0, sent=55), at(10, sent=9), -1),
        (at(20, sent=19), at(10, sent=65), 1),
        (at(5, sent=60), at(20, sent=4), 1),  # which came late
        (at(5, sent=60), at(6, sent=5), -1),  # of one moment, so: the arrival decides
        (at(10, sent=10), at(5, sent=20), 1),  # sent as it arrived is not ahead
        # one without a time: the arrival, unless the other was long on its way
        (at(3, sent=1), at(2), 1),
        (at(3, sent=0), at(2), 1),
        (at(3, sent=-0.5), at(2), -1),
        (at(1, sent=0.5), at(2), -1),
        (at(1, sent=30), at(2), -1),  # a time ahead of it makes it no newer
        (at(3, sent=30), at(2), 1),
    ],
)
def test_which_of_two_signals_is_newer(one, other, newer):
    assert compare(one, other) == newer
    assert compare(other, one) == -newer


LEFT, CAME = at(target="flat", leaves="long"), at(target="short", leaves="flat")


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        # the second leaves where the first arrives, whichever arrived first
        (CAME, LEFT, 1),
        (replace(CAME, arrived=at(-2).arrived), LEFT, 1),
        (CAME, replace(LEFT, target=Target.EXIT_LONG), 1),
        (at(0, 5, 1, "short", "flat"), at(9, 5.5, 1, "flat"), 1),
        (at(0, target="short", leaves="long"), at(2, target="long"), 1),
        # both do, or neither: the arrival
        (at(0, target="long", leaves="short"), at(2, target="short", leaves="long"), -1),
        (at(0, target="short", leaves="long"), at(2, target="flat", leaves="long"), -1),
        (at(0, target="short", leaves="flat"), at(2, leaves="long"), -1),
        (at(0, target="short"), at(2, target="flat"), -1),
        (at(0, target="short"), at(2), -1),
        (at(0), at(2), -1),
        # an entry comes before the exit of its own side; what arrives where it leaves says nothing
        (at(0, target="long", leaves="flat"), at(1.5, target="exit-long"), -1),
        (at(0, target="long", leaves="flat"), at(1.5, target="exit-short"), 1),
        (at(0, target="flat", leaves="flat"), at(1.5, target="exit-short"), -1),
        # of another moment
        (replace(CAME, arrived=at(-2.1).arrived), LEFT, -1),
        (at(0, 4.9, 1, "short", "flat"), at(9, 5, 1, "flat"), -1),
        (at(1, 0, 1, "short", "flat"), at(2, target="flat"), -1),
        (at(1, target="short", leaves="flat"), at(2, 1, 1, "flat"), -1),
    ],
)
def test_what_a_signal_leaves_orders_those_of_one_moment(one, other, newer):
    assert compare(one, other) == newer
    assert compare(other, one) == -newer


FLAT = waiting("f", "flat", leaves="long")


@pytest.mark.parametrize(
    ("last", "under_way", "orders", "reread", "superseded", "runs_next"),
    [
        # beside a turn to the other side that leaves flat or long: it waits, is under way, or has ended
        (None, None, [FLAT, waiting("e", leaves="long")], {"f": "exit-long"}, [], "e"),
        (None, None, [FLAT, waiting("e", leaves="flat")], {"f": "exit-long"}, [], "e"),
        (None, None, [FLAT, waiting("e", size="3", leaves="flat")], {"f": "exit-long"}, [], "f"),
        (None, None, [waiting("e", leaves="long", arrived=-2), FLAT], {"f": "exit-long"}, [], "e"),
        (at(target="short", leaves="long"), None, [FLAT], {"f": "exit-long"}, [], "f"),
        (None, at(target="short", leaves="flat"), [FLAT], {"f": "exit-long"}, [], "f"),
        (
            None,
            None,
            [waiting("f", "flat", leaves="short"), waiting("e", "long", leaves="short")],
            {"f": "exit-short"},
            [],
            "e",
        ),
        # else flat is flat
        (None, None, [FLAT], {}, [], "f"),
        (None, None, [waiting("f", "flat"), waiting("e", leaves="long", arrived=-1)], {}, ["e"], "f"),
        (None, None, [waiting("f", "flat", leaves="flat"), waiting("e", leaves="flat", arrived=-1)], {}, ["f"], "e"),
        (None, None, [FLAT, waiting("e", arrived=-1)], {}, ["e"], "f"),
        (None, None, [FLAT, waiting("e", leaves="short", arrived=-1)], {}, ["e"], "f"),
        (None, None, [FLAT, waiting("e", "long", leaves="flat", arrived=-1)], {}, ["e"], "f"),
        (None, None, [FLAT, waiting("e", leaves="long", arrived=-3)], {}, ["e"], "f"),
        # an exit is one anyway
        (None, None, [waiting("x", "exit-long", leaves="long"), waiting("e", leaves="long")], {}, [], "e"),
        # it is read so once, and then it stays so
        (
            None,
            None,
            [
                Waiting("f", replace(FLAT.intent, read_as=Target.EXIT_LONG), FLAT.deadline, at(0, target="exit-long")),
                waiting("e", leaves="long"),
            ],
            {},
            [],
            "e",
        ),
        (
            None,
            None,
            [
                Waiting("x", replace(EXIT.intent, read_as=Target.FLAT), EXIT.deadline, at(0, None, 1, "flat", "long")),
                waiting("e", leaves="long", arrived=-1),
            ],
            {},
            ["e"],
            "x",
        ),
    ],
)
def test_a_flat_beside_a_turn_is_an_exit(last, under_way, orders, reread, superseded, runs_next):
    arrangement = arrange(orders, NOW, last, under_way)
    assert dict(arrangement.reread) == reread
    assert [order_id for order_id, _ in arrangement.superseded] == superseded
    assert arrangement.runs_next == runs_next


def test_of_signals_that_are_newer_in_a_circle_one_still_runs():
    circle = [
        Waiting(name, waiting(name).intent, NOW + timedelta(seconds=60), signal)
        for name, signal in (
            ("b", at(2, sent=1.7, step=MILLISECOND)),
            ("a", at(3, sent=1, step=SECOND)),
            ("c", at(4, sent=1.2, step=MILLISECOND)),
        )
    ]
    b, a, c = (order.signal for order in circle)
    assert compare(a, b) == compare(b, c) == compare(c, a) == 1
    for start in range(3):
        arrangement = arrange(circle[start:] + circle[:start], NOW)
        assert len(arrangement.superseded) == 2
        assert arrangement.runs_next
