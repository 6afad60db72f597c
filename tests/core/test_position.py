"""What is held, and when that is what was planned."""

from decimal import Decimal

import pytest

from executor.core import Leg, Position, Target

D = Decimal
LONG, SHORT = Leg.LONG, Leg.SHORT


def held(long="0", short="0"):
    return Position(D(long), D(short))


def test_each_leg_has_another():
    assert LONG.other is SHORT
    assert SHORT.other is LONG


@pytest.mark.parametrize(
    ("target", "leg", "exits", "unwanted"),
    [
        ("long", LONG, None, (SHORT,)),
        ("short", SHORT, None, (LONG,)),
        ("flat", None, None, (LONG, SHORT)),
        ("exit-long", None, LONG, (LONG,)),
        ("exit-short", None, SHORT, (SHORT,)),
    ],
)
def test_a_target_names_its_legs(target, leg, exits, unwanted):
    wanted = Target(target)
    assert (wanted.leg, wanted.exits, wanted.unwanted) == (leg, exits, unwanted)


def test_a_position_without_a_leg_keeps_the_other():
    assert held("3", "4").without([LONG]) == held("0", "4")
    assert held("3", "4").without([SHORT]) == held("3")
    assert held("3", "4").without([LONG, SHORT]) == held()


def test_a_position_has_two_legs():
    assert Position.of(LONG, D(3)) == held("3")
    assert Position.of(SHORT, D(3)) == held("0", "3")
    assert held("3", "4").leg(LONG) == 3
    assert held("3", "4").leg(SHORT) == 4


@pytest.mark.parametrize(
    ("position", "flat"), [(held(), True), (held("1"), False), (held("0", "1"), False), (held("1", "1"), False)]
)
def test_flat_means_no_leg_is_held(position, flat):
    assert position.flat is flat


@pytest.mark.parametrize(
    ("position", "json", "text"),
    [
        (held(), {}, "flat"),
        (held("1E+1"), {"long": "10"}, "long 10"),
        (held("0", "0.5"), {"short": "0.5"}, "short 0.5"),
        (held("10", "4"), {"long": "10", "short": "4"}, "long 10 and short 4"),
    ],
)
def test_positions_are_written_and_read(position, json, text):
    assert position.to_json() == json
    assert Position.from_json(json) == position
    assert str(position) == text


@pytest.mark.parametrize(
    ("target", "plan", "position", "satisfied"),
    [
        # the plan exactly, more of the wanted leg, less of it
        ("long", held("10"), held("10"), True),
        ("long", held("10"), held("11"), True),
        ("long", held("10"), held("9"), False),
        ("short", held("0", "10"), held("0", "10"), True),
        ("short", held("0", "10"), held("0", "11"), True),
        ("short", held("0", "10"), held("0", "9"), False),
        # the other leg as planned, less of it, more of it
        ("long", held("10", "2"), held("10", "2"), True),
        ("long", held("10", "2"), held("10", "1"), True),
        ("long", held("10", "2"), held("10", "3"), False),
        ("short", held("2", "10"), held("2", "10"), True),
        ("short", held("2", "10"), held("1", "10"), True),
        ("short", held("2", "10"), held("3", "10"), False),
        # flat: neither leg beyond the plan
        ("flat", held(), held(), True),
        ("flat", held(), held("1"), False),
        ("flat", held(), held("0", "1"), False),
        ("flat", held("2", "3"), held("2", "3"), True),
        ("flat", held("2", "3"), held("1", "1"), True),
        ("flat", held("2", "3"), held("3", "3"), False),
        ("flat", held("2", "3"), held("2", "4"), False),
        # an exit: its leg, whatever the other is
        ("exit-long", held("0", "3"), held("0", "9"), True),
        ("exit-long", held("0", "3"), held("1", "3"), False),
        ("exit-long", held("2", "3"), held("2"), True),
        ("exit-short", held("3"), held("9"), True),
        ("exit-short", held("3"), held("3", "1"), False),
    ],
)
def test_a_position_satisfies_a_plan(target, plan, position, satisfied):
    assert position.satisfies(plan, Target(target)) is satisfied
