"""Rules of any shape: conditions and values as a person may write them, most of them so that they load."""

from hypothesis import strategies as st

from executor.core.rules.operators import OPERATORS
from executor.core.values import FUNCTIONS
from tests.fuzz.bodies import pieces

names = st.sampled_from(
    [
        "ticker",
        "a",
        "a.b",
        "strategy.order_action",
        "alert",
        "alert['a']",
        "sender",
        "received",
        "secret",
        "market_position",
    ]
)
constants = st.sampled_from(
    ["'long'", "''", "0", "-1", "1e30", "'.'", "none", "true", "[1, 'a']", "'a' * 9"]
) | st.text(max_size=5)
SHAPES = [
    "{0} ~ {1}",
    "{0} + {1}",
    "{0} * {1}",
    "{0} // {1}",
    "{0} % {1}",
    "{0} / ({1} - {1})",
    "-{0}",
    "not {0}",
    "{0} if {1} else {0}",
    "{0} == {1}",
    "{0} < {1}",
    "{0} in {1}",
    "{0} is defined",
    "{0} or {1}",
    "({0})[{1}]",
    "({0})[1:3]",
    "({0}).{1}",
    "({0})()",
    *(f"({{0}}) | {name}" for name in FUNCTIONS),
    *(f"({{0}}) | {name}({{1}})" for name in FUNCTIONS),
    *(f"({{0}}) | {name}({{1}}, {{0}})" for name in FUNCTIONS),
]
expressions = st.recursive(
    names | constants,
    lambda inner: st.builds(lambda shape, one, other: shape.format(one, other), st.sampled_from(SHAPES), inner, inner),
    max_leaves=6,
)
TEMPLATES = [
    "{{{{ {0} }}}}",
    "a{{{{ {0} }}}}{{{{ {0} }}}}",
    "{{% if {0} %}}{{{{ {0} }}}}{{% endif %}}",
    "{{% set x = {0} %}}{{{{ x }}}}",
]
templates = (
    st.builds(lambda template, inner: template.format(inner), st.sampled_from(TEMPLATES), expressions)
    | st.sampled_from(["ETHUSDT", "short", "{{ ticker }}", "{{ market_position }}"])
    | st.lists(pieces, min_size=1, max_size=3).map("".join)
)

plain = st.sampled_from(["trend", 60, 1834.2, True, "2026-11-20T09:00:00Z", "^(a|a?)+$"])
odd = st.sampled_from([None, "(", "", {}, []]) | st.text(max_size=5)
wanted = plain | st.lists(plain, min_size=1, max_size=3) | odd
operators = st.sampled_from([*OPERATORS, "like"])
keys = st.sampled_from(["ticker", "a", "a.b", "a.0", "", ".", "sender", "received", "strategy.order_action"])
comparisons = plain | wanted | st.dictionaries(operators, wanted, max_size=2)
whens = st.recursive(
    st.dictionaries(keys, comparisons, min_size=1, max_size=2),
    lambda inner: (
        st.builds(
            lambda kind, blocks: {kind: blocks},
            st.sampled_from(["any", "all"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | inner.map(lambda block: {"not": block})
    ),
    max_leaves=3,
) | st.just({})
