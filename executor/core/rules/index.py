"""Finds the few rules that can match an alert, however many there are.

Most conditions ask for literal values (`strategy: trend`, `interval: ["60", "240"]`). Rules that ask so for the same
keys share a table from those keys' values to the rules' places: one look-up instead of one comparison a rule.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import product
from typing import Any

from executor.core.alert import Alert
from executor.core.rules.conditions import AllOf, Comparison, read
from executor.core.values import canonical, missing

COMBINATIONS = 256  # entries that one rule's lists of values may fill; beyond, its longest lists are left out

Literals = Mapping[str, frozenset[Any]]


class Index:
    """Places of `when` blocks by the literal values they ask for."""

    def __init__(self, whens: Sequence[AllOf]) -> None:
        self._tables: dict[tuple[str, ...], dict[tuple[Hashable, ...], list[int]]] = {}
        for place, when in enumerate(whens):
            literals = _chosen(literals_of(when))
            table = self._tables.setdefault(tuple(literals), {})
            for values in product(*literals.values()):
                table.setdefault(values, []).append(place)
        self._keys = {key for keys in self._tables for key in keys}

    def candidates(self, alert: Alert) -> Iterator[int]:
        """Places of the blocks that may hold, in order; every other one certainly does not."""
        return self.places({key: _literal(alert, key) for key in self._keys})

    def places(self, values: Mapping[str, Hashable | None]) -> Iterator[int]:
        """As `candidates`, for canonical values by key."""
        found = (table.get(tuple(values.get(key) for key in keys), ()) for keys, table in self._tables.items())
        return merge(*filter(None, found))


def literals_of(when: AllOf) -> dict[str, frozenset[Any]]:
    """Per key the values that a block's literal conditions leave."""
    literals: dict[str, frozenset[Any]] = {}
    for condition in when.conditions:
        if isinstance(condition, Comparison) and condition.literals is not None:
            literals[condition.key] = literals.get(condition.key, condition.literals) & condition.literals
    return literals


def _chosen(literals: Literals) -> Literals:
    """The literals to index by, in one order of keys for all rules: as many as COMBINATIONS allows, at least one."""
    chosen: dict[str, frozenset[Any]] = {}
    entries = 1
    for key, values in sorted(literals.items(), key=lambda item: len(item[1])):
        if chosen and entries * len(values) > COMBINATIONS:
            break
        chosen[key] = values
        entries *= len(values)
    return dict(sorted(chosen.items()))


def _literal(alert: Alert, key: str) -> Hashable | None:
    found = read(alert, key)
    return None if missing(found) else canonical(found)
