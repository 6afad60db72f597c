"""Runs the configuration's own tests: the server's own mapping and decision, against a position that is made up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from executor.config.load import Config
from executor.config.model import Expected, RuleTest
from executor.config.yaml_reader import plain
from executor.core import Contract, Intent, Open, Position, Reverse, try_intent, unlimited
from executor.core.alert import Alert, as_number, decode
from executor.core.rules import RuleBook, map_alert
from executor.core.sender import without_secrets
from executor.core.values import ValueRefused
from executor.errors import AlertRefused

_AFTER_EVERYTHING = datetime(9000, 1, 1, tzinfo=UTC)

Outcome = Mapping[str, str | None]  # by the keys of `expect`


@dataclass(frozen=True, slots=True)
class Difference:
    """One key of `expect` that came out otherwise."""

    key: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class RuleTestResult:
    """What one test showed; `why` is the reason that the decision itself gives."""

    name: str
    differences: tuple[Difference, ...]
    why: str | None

    @property
    def passed(self) -> bool:
        return not self.differences

    @property
    def text(self) -> str:
        """One line, and one more for each difference."""
        because = [f"because: {self.why}"] if self.why and self.differences else []
        lines = [f"{'ok' if self.passed else 'FAILED'}  {self.name}", *map(str, self.differences), *because]
        return "\n        ".join(lines)


def run_tests(config: Config, now: datetime) -> tuple[RuleTestResult, ...]:
    """Every test of the configuration, in its order. `now` is when the alerts arrive; their age is not judged."""
    return tuple(_run(config, test, now) for test in config.tests)


def _run(config: Config, test: RuleTest, now: datetime) -> RuleTestResult:
    outcomes = _outcomes(config, test, now)
    for outcome in outcomes:
        if test.account is None or outcome.get("account", test.account) == test.account:
            return RuleTestResult(test.name, tuple(_differences(test.expect, outcome)), outcome["reason"])
    others = ", ".join(str(outcome["account"]) for outcome in outcomes)
    missing = Difference("account", f"an order for {test.account}", f"orders for {others} only")
    return RuleTestResult(test.name, (missing,), None)


def _outcomes(config: Config, test: RuleTest, now: datetime) -> list[Outcome]:
    """What comes of the alert: one outcome for each order, or the refusal."""
    try:
        intents = _intents(config.book, _alert(config, test, now))
    except AlertRefused as refused:
        return [{"decision": "refused", "rule": getattr(refused, "rule", None), "reason": str(refused)}]
    return [_outcome(config, test, intent) for intent in intents]


def _intents(book: RuleBook, alert: Alert) -> tuple[Intent, ...]:
    """The alert's intents, also if the time it says it was sent at is still to come."""
    try:
        return map_alert(book, alert).intents
    except ValueRefused as refused:
        if refused.key != "time":
            raise
    return map_alert(book, replace(alert, received_at=_AFTER_EVERYTHING)).intents


def _alert(config: Config, test: RuleTest, now: datetime) -> Alert:
    sender = config.senders[test.sender or next(iter(config.senders))]
    body = str(test.alert).encode()
    fields = decode(body, sender.format) if isinstance(test.alert, str) else plain(test.alert)
    return Alert.of(sender.name, without_secrets(fields, sender), now, body)


def _outcome(config: Config, test: RuleTest, intent: Intent) -> Outcome:
    account, market = config.accounts[intent.account], config.symbols[intent.symbol].market
    position = Position(test.position.long, test.position.short)
    contract = _contract(test, intent.symbol)
    tried = try_intent(intent, position, contract, market, account.position_mode, account.parameters)
    decision, body = tried.decision, tried.request.body if tried.request else {}
    return {
        "decision": decision.name,
        "rule": intent.rule,
        "account": intent.account,
        "symbol": intent.symbol,
        "target": intent.target.value,
        "side": body.get("side"),
        "tradeSide": body.get("tradeSide"),
        "size": body.get("size"),
        "decided size": f"{decision.size:f}" if isinstance(decision, Reverse | Open) else None,
        "reason": str(decision),
    }


def _contract(test: RuleTest, symbol: str) -> Contract:
    if test.contract is None:
        return unlimited(symbol)
    exponent = test.contract.step.as_tuple().exponent
    return Contract(symbol, test.contract.step, max(0, -int(exponent)), test.contract.minimum)


def _differences(expected: Expected, outcome: Outcome) -> Iterator[Difference]:
    for key, wanted in expected.model_dump(by_alias=True, exclude_unset=True).items():
        found = outcome.get(key)
        if key == "size" and wanted is not None:
            # one-way mode reverses the whole position without naming its size
            found = outcome.get("decided size")
        if not _agree(key, wanted, found):
            yield Difference(key, _shown(key, wanted), _shown(key, found))


def _agree(key: str, wanted: str | None, found: str | None) -> bool:
    if wanted is None or found is None:
        return wanted is found
    if key == "size":
        return as_number(wanted) == as_number(found)
    return wanted in found if key == "reason" else wanted == found


def _shown(key: str, value: str | None) -> str:
    if value is None:
        return "nothing"
    return f"{Decimal(value).normalize():f}" if key == "size" and as_number(value) is not None else value
