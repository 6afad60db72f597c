"""`rules` → compiled rules: every condition, template, size and name is tried at load, not when an alert arrives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from executor.config.complaints import Path, did_you_mean
from executor.config.model import RuleSection
from executor.config.source import Source
from executor.config.yaml_reader import plain
from executor.core import PositionMode, Size, Target, Unit, WhenFlat, parse_size
from executor.core.rules import STANDARD_WORDS, AllOf, BadCondition, Rule, compile_when, literals_of, meanings
from executor.core.values import BadValue, Value, ValueRefused, canonical, compile_value

Part = TypeVar("Part")


_FOR_ENTRIES, _FOR_FLAT = {"when_flat", "reversal"}, {"on_flat_target"}
_UNUSED: Mapping[Target | None, set[str]] = {
    Target.LONG: _FOR_FLAT,
    Target.SHORT: _FOR_FLAT,
    Target.FLAT: _FOR_ENTRIES,
    Target.EXIT_LONG: _FOR_ENTRIES | _FOR_FLAT,
    Target.EXIT_SHORT: _FOR_ENTRIES | _FOR_FLAT,
}


@dataclass(frozen=True)
class Names:
    """What rules may refer to. A name whose own block has a mistake counts: one complaint is enough.

    So does everything if there are no names at all, or for tickers (None) if they are not all known.
    """

    senders: tuple[str, ...]
    accounts: tuple[str, ...]
    modes: Mapping[str, PositionMode]
    tickers: Mapping[str, str] | None


@dataclass(frozen=True)
class RuleCompiler:
    """Compiles one rule, the block at `path`, and complains about every part that cannot be meant."""

    source: Source
    path: Path
    rule: RuleSection
    names: Names

    def compiled(self) -> Rule | None:
        """None if there was anything to complain about."""
        rule, before = self.rule, len(self.source.complaints)
        accounts = self._accounts()
        sizes = {mode: self._size(mode, accounts) for mode in PositionMode}
        when, symbol, target = self._when(), self._symbol(), self._target()
        leaves = self._leaves()
        time, name = self._value("time", rule.time), self._value("id", rule.id)
        if len(self.source.complaints) > before or not (when and symbol and target):
            return None
        return Rule(
            name=rule.name,
            accounts=accounts,
            when=when,
            symbol=symbol,
            target=target,
            sizes={mode: size for mode, size in sizes.items() if size is not None},
            max_age=rule.max_age,
            dedupe_window=rule.dedupe_window,
            verify_for=rule.verify_for,
            words=self._words,
            leaves=leaves,
            time=time,
            id=name,
            when_flat=rule.when_flat,
            on_flat_target=rule.on_flat_target,
            go_on=rule.go_on,
        )

    @property
    def _words(self) -> Mapping[str, Target]:
        return {**STANDARD_WORDS, **self.rule.words}

    def _when(self) -> AllOf | None:
        try:
            when = compile_when(plain(self.rule.when))
        except BadCondition as mistake:
            for one in mistake.all:
                self._refuse(("when", *one.path), one.message)
            return None
        literals = literals_of(when)
        known = set(map(canonical, self.names.senders))
        for sender in literals.get("sender", frozenset()) - known if known else ():
            named = did_you_mean(str(sender), self.names.senders)
            self._complain(("when", "sender"), f"there is no sender {sender}{named}")
        for key, values in literals.items():
            if not values:
                self._complain(("when", key), "can never hold: its values exclude each other")
        return when

    def _accounts(self) -> tuple[str, ...]:
        named, known = self.rule.accounts, self.names.accounts
        if not known:
            return ()
        if named is None and len(known) != 1:
            self._complain(("accounts",), f"is missing, and there are {len(known)}: {', '.join(known)}")
        for at, name in enumerate(named or ()):
            if name not in known:
                self._complain(("accounts", at), f"there is no account {name}{did_you_mean(name, known)}")
            elif name in (named or [])[:at]:
                self._complain(("accounts", at), f"account {name} is listed twice")
        return known if named is None else tuple(named)

    def _symbol(self) -> Value | None:
        value, tickers = self._value("symbol", self.rule.symbol), self.names.tickers
        if value and value.constant is not None and tickers is not None:
            self._tried(("symbol",), lambda text: meanings.symbol(text, tickers), value.constant)
        return value

    def _target(self) -> Value | None:
        value = self._value("target", self.rule.target)
        if value and value.constant is not None:
            target = self._tried(("target",), lambda text: meanings.target(text, self._words), value.constant)
            self._refuse_unused(target)
        return value

    def _leaves(self) -> Value | None:
        value = self._value("from", self.rule.leaves)
        if value and value.constant is not None:
            self._tried(("from",), lambda text: meanings.side(text, self._words), value.constant)
        return value

    def _refuse_unused(self, target: Target | None) -> None:
        """The keys that change nothing for a target that is always the same."""
        for key in sorted(_UNUSED.get(target, set()) & self.rule.model_fields_set):
            self._complain((key,), f"has no effect: the target is always {target}")

    def _value(self, key: str, text: str | None) -> Value | None:
        return None if text is None else self._tried((key,), compile_value, text)

    def _size(self, mode: PositionMode, accounts: tuple[str, ...]) -> Value | Size | None:
        below, text = self.rule.reversal.size_for(mode)
        path = ("reversal", *below)
        value = self._tried(path, compile_value, text)
        if value is None or value.constant is None:
            return value
        size = self._tried(path, parse_size, value.constant)
        opens = self.rule.when_flat is WhenFlat.OPEN and any(self.names.modes.get(name) is mode for name in accounts)
        if size and opens and size.unit is not Unit.BASE:
            place = path if (*self.path, *path) in self.source.marks else ("when_flat",)
            self._complain(place, f"size {size} cannot open a position: when_flat: open needs a number of base coins")
        return size

    def _tried(self, below: Path, compile_part: Callable[[str], Part], text: str) -> Part | None:
        try:
            return compile_part(text)
        except BadValue as mistake:
            said = f"{self.source.found((*self.path, *below))} {mistake.message}"
        except ValueRefused as mistake:
            said = mistake.reason
        except ValueError as mistake:
            said = str(mistake)
        self._refuse(below, said)
        return None

    def _refuse(self, below: Path, message: str) -> None:
        self.source.complain_quoting((*self.path, *below), message)

    def _complain(self, below: Path, message: str) -> None:
        self.source.complain((*self.path, *below), message)
