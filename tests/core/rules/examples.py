"""Alerts, rules and books for the tests of rules, with everything that a test does not speak of."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from executor.core import ALL, PositionMode
from executor.core.alert import Alert
from executor.core.rules import May, Rule, RuleBook, compile_when
from executor.core.values import compile_value

NOW = datetime(2026, 11, 20, 9, 0, 5, tzinfo=UTC)
FIELDS = {"strategy": "trend", "ticker": "ETHUSDT.P", "market_position": "short"}
EVERY_MODE = dict.fromkeys(PositionMode, ALL)


def alert(fields: Mapping[str, Any] = FIELDS, sender: str = "tradingview", digest: str = "d1") -> Alert:
    return Alert(sender=sender, fields=fields, received_at=NOW, digest=digest)


def rule(name: str = "eth-trend", when: Mapping[str, Any] | None = None, **keys: Any) -> Rule:
    """A rule for account `main`; text for symbol, target, leaves, time and id is compiled."""
    for key in {"leaves", "time", "id"} & set(keys):
        keys[key] = compile_value(keys[key])
    return Rule(
        name=name,
        accounts=keys.pop("accounts", ("main",)),
        when=compile_when(when or {}),
        symbol=compile_value(keys.pop("symbol", "{{ ticker }}")),
        target=compile_value(keys.pop("target", "{{ market_position }}")),
        sizes=keys.pop("sizes", EVERY_MODE),
        max_age=timedelta(seconds=60),
        dedupe_window=timedelta(seconds=30),
        verify_for=timedelta(seconds=10),
        **keys,
    )


def book(*rules: Rule, tickers: Mapping[str, str] | None = None, may: Mapping[str, May] | None = None) -> RuleBook:
    return RuleBook(
        rules=rules,
        tickers=tickers or {"ETHUSDT": "ETHUSDT", "ETHUSDT.P": "ETHUSDT", "BTCUSDT.P": "BTCUSDT"},
        modes={"main": PositionMode.HEDGE, "second": PositionMode.ONE_WAY},
        may=may or {},
    )


def names(rules: Sequence[Rule]) -> list[str]:
    return [rule.name for rule in rules]
