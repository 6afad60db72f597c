"""A rule as it is used: everything config.yaml says of it, compiled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from executor.core.alert import Alert
from executor.core.order import OnFlatTarget, WhenFlat
from executor.core.position import PositionMode, Target
from executor.core.rules.conditions import AllOf
from executor.core.rules.errors import NotAllowed
from executor.core.rules.index import Index
from executor.core.rules.may import May
from executor.core.sizing import Size
from executor.core.values import Value

STANDARD_WORDS: Mapping[str, Target] = {target.value: target for target in Target}


@dataclass(frozen=True, slots=True)
class Rule:
    """Which alerts it wants (`when`) and what it makes of them. `go_on` is config.yaml's `continue`, `leaves` its
    `from`."""

    name: str
    accounts: tuple[str, ...]
    when: AllOf
    symbol: Value
    target: Value
    sizes: Mapping[PositionMode, Value | Size]
    max_age: timedelta
    dedupe_window: timedelta
    verify_for: timedelta
    words: Mapping[str, Target] = field(default_factory=lambda: STANDARD_WORDS)
    leaves: Value | None = None
    time: Value | None = None
    id: Value | None = None
    when_flat: WhenFlat = WhenFlat.IGNORE
    on_flat_target: OnFlatTarget = OnFlatTarget.IGNORE
    go_on: bool = False


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules in their order, what alerts may call each symbol (exactly), and each account's position mode.

    `may` holds the senders that cannot reach everything.
    """

    rules: tuple[Rule, ...]
    tickers: Mapping[str, str]
    modes: Mapping[str, PositionMode]
    may: Mapping[str, May] = field(default_factory=dict)
    index: Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", Index([rule.when for rule in self.rules]))

    def barred(self, sender: str, rule: Rule, symbol: str | None = None) -> NotAllowed | None:
        """Why this rule's orders are not for this sender to ask for."""
        may = self.may.get(sender)
        return may.barred(rule.name, rule.accounts, symbol) if may else None

    def matching(self, alert: Alert) -> Iterator[Rule]:
        """The rules that decide, in order: up to the first that matches without `continue`."""
        for place in self.index.candidates(alert):
            rule = self.rules[place]
            if rule.when.held(alert):
                yield rule
                if not rule.go_on:
                    return
