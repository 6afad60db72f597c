"""What a rule asks of an alert: comparisons, and blocks of them.

A condition holds, does not hold, or is unknown because the data is missing (None). Blocks combine the three as
one would by hand: a block that needs a missing answer has none itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from executor.core.alert import Alert, lookup
from executor.core.rules.operators import EQ, IN, Held, Operator
from executor.core.values import cut, shown


@dataclass(frozen=True, slots=True)
class ConditionTrace:
    """One condition as it was tried. Blocks carry their `parts` and have nothing expected or found of their own."""

    key: str
    operator: str
    expected: str
    found: str
    held: Held
    parts: "tuple[ConditionTrace, ...]" = ()

    def __str__(self) -> str:
        if self.parts:
            return f"{self.operator}: ({'; '.join(map(str, self.parts))})"
        return f"{self.key} is {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One key compared with what the YAML says. `prepared` is that in the form the operator compares with."""

    key: str
    operator: Operator
    expected: Any
    prepared: Any = field(compare=False, repr=False)

    def held(self, alert: Alert) -> Held:
        return self.operator.holds(read(alert, self.key), self.prepared)

    def trace(self, alert: Alert) -> ConditionTrace:
        expected = cut(self.operator.phrase.format(_words(self.expected)))
        return ConditionTrace(self.key, self.operator.name, expected, shown(read(alert, self.key)), self.held(alert))

    @property
    def literals(self) -> frozenset[Any] | None:
        """The only values it holds for, in canonical form; None if they cannot be listed."""
        return self.prepared if self.operator in (EQ, IN) else None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds if every condition does: a `when` itself, and `all:`."""

    conditions: "tuple[Condition, ...]"

    def held(self, alert: Alert) -> Held:
        return every(condition.held(alert) for condition in self.conditions)

    def trace(self, alert: Alert) -> ConditionTrace:
        return _block("all", self, alert)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds if at least one condition does: `any:`."""

    conditions: "tuple[Condition, ...]"

    def held(self, alert: Alert) -> Held:
        return negated(every(negated(condition.held(alert)) for condition in self.conditions))

    def trace(self, alert: Alert) -> ConditionTrace:
        return _block("any", self, alert)


@dataclass(frozen=True, slots=True)
class NotAll:
    """Holds if its block is known not to hold: `not:`."""

    conditions: "tuple[Condition, ...]"

    def held(self, alert: Alert) -> Held:
        return negated(every(condition.held(alert) for condition in self.conditions))

    def trace(self, alert: Alert) -> ConditionTrace:
        return _block("not", self, alert)


Condition = Comparison | AllOf | AnyOf | NotAll


def read(alert: Alert, key: str) -> Any:
    """What a key of `when` means: the proven sender, the time of arrival, else a path into the alert's fields."""
    if key == "sender":
        return alert.sender
    if key == "received":
        return alert.received_at
    return lookup(alert.fields, key)


def every(verdicts: Iterable[Held]) -> Held:
    """True if all hold, False as soon as one does not, else None."""
    outcome: Held = True
    for verdict in verdicts:
        if verdict is False:
            return False
        outcome = outcome if verdict else None
    return outcome


def negated(verdict: Held) -> Held:
    return None if verdict is None else not verdict


def _block(name: str, block: AllOf | AnyOf | NotAll, alert: Alert) -> ConditionTrace:
    parts = tuple(condition.trace(alert) for condition in block.conditions)
    return ConditionTrace(name, name, "", "", block.held(alert), parts)


def _words(expected: Any) -> str:
    """An expectation as the YAML would say it."""
    if isinstance(expected, list | tuple):
        return ", ".join(map(_words, expected))
    return expected if isinstance(expected, str) else shown(expected)
