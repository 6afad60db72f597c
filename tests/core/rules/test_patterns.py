"""Regular expressions in linear time: no expression and no alert makes `matches` or a sender's `pattern` run long."""

import re
import time
from contextlib import suppress

import pytest

from executor.core.alert import Format, Undecodable, decode
from executor.core.rules import BadCondition, compile_when
from tests.core.rules.examples import alert, book, names, rule

LONGEST = 160 * 1024
# What a backtracking matcher tries in 2^n ways, or n^k, on n characters.
BOMBS = [
    "^(a+)+$",
    "^(a|aa)+$",
    "^(a|a?)+$",
    "^((a*)*)*$",
    "^(.*a){12}$",
    "^(a?){30}a{30}$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_matches_is_answered_at_once(bomb):
    bombed = book(rule("bombed", {"text": {"matches": bomb}}))
    hostile = alert({"text": "a" * (LONGEST - 1) + "!"})
    started = time.process_time()
    assert names(list(bombed.matching(hostile))) == []
    assert time.process_time() - started < 0.5  # milliseconds, but for a machine that is busy


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_a_senders_pattern_is_answered_at_once(bomb):
    format = Format.pattern(f"(?P<text>{bomb})")
    started = time.process_time()
    with suppress(Undecodable):
        decode(b"a" * (LONGEST - 1) + b"!", format)
    assert time.process_time() - started < 0.5


def test_pythons_own_matcher_would_not_be_back_this_year():
    """The first bomb in 22 characters; each one more doubles the time."""
    started = time.process_time()
    assert re.match(BOMBS[0], "a" * 21 + "!") is None
    assert time.process_time() - started > 0.01


@pytest.mark.parametrize("large", ["((a{100}){100}){100}", "x{1001}", r"\p{L}{900}{900}"])
def test_an_expression_that_would_take_much_memory_is_refused_when_loaded(large):
    with pytest.raises(BadCondition, match="the regular expression cannot be used"):
        compile_when({"text": {"matches": large}})
    with pytest.raises(ValueError, match="the pattern does not compile"):
        Format.pattern(f"(?P<text>{large})")


@pytest.mark.parametrize("backtracking", [r"(a)\1", "(?=a)b", "(?<=a)b", "(?>a+)b"])
def test_what_cannot_be_matched_in_linear_time_is_refused_when_loaded(backtracking):
    with pytest.raises(BadCondition):
        compile_when({"text": {"matches": backtracking}})
    with pytest.raises(ValueError, match="the pattern does not compile"):
        Format.pattern(f"(?P<text>{backtracking})")
