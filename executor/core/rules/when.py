"""From the YAML of a `when` block to its conditions, with every mistake in it."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from executor.core.rules.conditions import AllOf, AnyOf, Comparison, Condition, NotAll
from executor.core.rules.errors import BadCondition, Path
from executor.core.rules.operators import EQ, IN, OPERATORS, Operator, Unfit

DEEPEST = 20
# What operators are called elsewhere.
ELSEWHERE = {
    "==": "eq", "equals": "eq", "!=": "ne", "neq": "ne", ">": "gt", ">=": "ge", "gte": "ge", "min": "ge", "<": "lt",
    "<=": "le", "lte": "le", "max": "le", "nin": "not_in", "notin": "not_in", "regex": "matches", "contains": "matches",
}  # fmt: skip


def compile_when(when: Mapping[str, Any]) -> AllOf:
    """The conditions of a `when` block. BadCondition has every mistake, each with its path from `when`."""
    mistakes: list[BadCondition] = []
    compiled = AllOf(tuple(_conditions(when, (), mistakes)))
    if mistakes:
        raise BadCondition(mistakes[0].path, mistakes[0].message, tuple(mistakes[1:]))
    return compiled


def _conditions(when: Any, path: Path, mistakes: list[BadCondition]) -> Iterator[Condition]:
    """A block's conditions, in its order; what is wrong goes to `mistakes`."""
    if not isinstance(when, Mapping):
        mistakes.append(BadCondition(path, "takes conditions, such as market_position: long"))
    elif len(path) > DEEPEST:
        mistakes.append(BadCondition(path, f"is nested more than {DEEPEST} deep"))
    elif path and not when:
        mistakes.append(BadCondition(path, "is empty: it needs at least one condition"))
    else:
        for key, expected in when.items():
            yield from _entry(key, expected, (*path, key), mistakes)


def _entry(key: Any, expected: Any, path: Path, mistakes: list[BadCondition]) -> Iterator[Condition]:
    if not isinstance(key, str):
        mistakes.append(BadCondition((*path[:-1], str(key)), "is not text: put the key in quotes"))
    elif key == "not":
        yield NotAll(tuple(_conditions(expected, path, mistakes)))
    elif key in ("any", "all"):
        yield (AnyOf if key == "any" else AllOf)(tuple(_blocks(key, expected, path, mistakes)))
    elif isinstance(expected, Mapping):
        yield from _comparisons(key, expected, path, mistakes)
    else:
        yield from _comparison(key, IN if isinstance(expected, list | tuple) else EQ, expected, path, mistakes)


def _blocks(key: str, blocks: Any, path: Path, mistakes: list[BadCondition]) -> Iterator[Condition]:
    if not isinstance(blocks, list | tuple) or not blocks:
        mistakes.append(BadCondition(path, f"takes a list of blocks, such as {key}: [{{interval: 60}}, {{close: 1}}]"))
        return
    for place, block in enumerate(blocks):
        conditions = tuple(_conditions(block, (*path, place), mistakes))
        yield conditions[0] if len(conditions) == 1 else AllOf(conditions)


def _comparisons(
    key: str, operators: Mapping[Any, Any], path: Path, mistakes: list[BadCondition]
) -> Iterator[Comparison]:
    if not operators:
        mistakes.append(BadCondition(path, f"has no operator; there are {', '.join(OPERATORS)}"))
    for name, expected in operators.items():
        if name in OPERATORS:
            yield from _comparison(key, OPERATORS[name], expected, (*path, name), mistakes)
        else:
            mistakes.append(BadCondition((*path, str(name)), _unknown_operator(key, str(name))))


def _comparison(
    key: str, operator: Operator, expected: Any, path: Path, mistakes: list[BadCondition]
) -> Iterator[Comparison]:
    try:
        yield Comparison(key, operator, expected, operator.prepare(expected))
    except Unfit as mistake:
        mistakes.append(BadCondition(path, str(mistake)))


def _unknown_operator(key: str, name: str) -> str:
    meant = ELSEWHERE.get(name) or next(iter(get_close_matches(name, OPERATORS, n=1, cutoff=0.7)), None)
    if meant:
        return f"is not an operator; did you mean {meant}?"
    return f"is not an operator; there are {', '.join(OPERATORS)} (a nested field is written {key}.{name})"
