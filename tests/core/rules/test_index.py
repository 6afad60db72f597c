"""The index only ever saves work: which rules match, and in which order, it does not change."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from executor.core.rules import Rule, RuleBook
from executor.core.rules.index import COMBINATIONS
from tests.core.rules.examples import alert, book, names, rule

values = st.sampled_from(["trend", " trend ", "60", 60, "60.0", True, "True", "", "{{x}}"])
expectations = st.one_of(
    values,
    st.lists(values, min_size=1, max_size=3),
    st.builds(lambda one: {"ne": one}, values),
    st.builds(lambda one: {"gt": one}, st.sampled_from([59, 60])),
    st.builds(lambda one, several: {"eq": one, "in": several}, values, st.lists(values, min_size=1, max_size=2)),
    st.builds(lambda one: {"exists": one}, st.booleans()),
)
senders = st.sampled_from(["tradingview", "other"])
whens = st.one_of(
    st.dictionaries(st.sampled_from(["strategy", "interval", "bar.close"]), expectations, max_size=3),
    st.builds(lambda sender, one: {"sender": sender, "strategy": one}, senders, expectations),
    st.builds(lambda one: {"any": [{"strategy": one}, {"interval": 60}]}, values),
)
books = st.lists(st.tuples(whens, st.booleans()), max_size=8).map(
    lambda rules: book(*(rule(f"r{place}", when, go_on=go_on) for place, (when, go_on) in enumerate(rules)))
)
found = st.one_of(values, st.none(), st.just(["trend"]))
alerts = st.builds(
    alert,
    st.dictionaries(st.sampled_from(["strategy", "interval", "bar.close"]), found, max_size=3),
    senders,
)


def by_hand(rules: tuple[Rule, ...], one: Any) -> list[str]:
    matching = []
    for candidate in rules:
        if candidate.when.held(one):
            matching.append(candidate.name)
            if not candidate.go_on:
                break
    return matching


@given(books, alerts)
def test_the_index_finds_what_trying_every_rule_finds(rules: RuleBook, one: Any) -> None:
    assert names(list(rules.matching(one))) == by_hand(rules.rules, one)


def many(count: int) -> RuleBook:
    """Rules of a few shapes for their own strategies, and one for the example's alert at the end."""
    shapes: list[dict[str, Any]] = [{}, {"sender": "tradingview"}, {"interval": ["60", "240"], "close": {"gt": 0}}]
    others = (rule(f"r{place}", {"strategy": f"s{place}", **shapes[place % 3]}) for place in range(count))
    return book(*others, rule("last", {"strategy": "trend"}))


def test_of_ten_thousand_rules_as_few_are_tried_as_of_ten() -> None:
    for rules in (many(10), many(10_000)):
        assert [rules.rules[place].name for place in rules.index.candidates(alert())] == ["last"]


def test_long_lists_of_values_do_not_blow_the_index_up() -> None:
    lists = {key: [f"{key}{n}" for n in range(200)] for key in ("a", "b", "c")}
    rules = book(rule("wide", lists), rule("long", {"a": [str(n) for n in range(COMBINATIONS * 2)]}))
    fields = {"a": "a7", "b": "b7", "c": "c7"}
    assert names(list(rules.matching(alert(fields)))) == ["wide"]
    assert names(list(rules.matching(alert({"a": "511"})))) == ["long"]
