"""From blocks that are right by themselves to what the executor runs on, and what is wrong between them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from executor.config.compile.accounts import AccountConfig, complain_of_shared_keys
from executor.config.compile.may import complain_of_barred, complain_of_unknown
from executor.config.compile.proxies import complain_of_unprovable, warn_of_addresses
from executor.config.compile.rules import Names, RuleCompiler
from executor.config.compile.senders import compile_sender, complain_of_shared
from executor.config.compile.symbols import SymbolConfig, ticker_table
from executor.config.complaints import did_you_mean
from executor.config.model import RuleTest
from executor.config.secret_strength import SHORTEST
from executor.config.source import Source
from executor.config.validate import Blocks
from executor.core.rules import May, Rule, RuleBook, unreachable
from executor.core.sender import Sender


@dataclass(frozen=True)
class Compiled:
    """What the executor runs on."""

    accounts: Mapping[str, AccountConfig]
    senders: Mapping[str, Sender]
    symbols: Mapping[str, SymbolConfig]
    book: RuleBook


def compile_blocks(source: Source, blocks: Blocks) -> Compiled:
    """Everything that compiles; each part that does not has a complaint."""
    accounts = {name: AccountConfig.of(name, account) for name, account in blocks.accounts.items()}
    credentials = frozenset().union(*(account.credentials() for account in blocks.accounts.values()))
    senders = {name: compile_sender(source, name, block, credentials) for name, block in blocks.senders.items()}
    complain_of_shared(source, blocks.senders)
    complain_of_shared_keys(source, blocks.accounts)
    complain_of_unprovable(source, blocks)
    warn_of_addresses(source, blocks)
    symbols = {name: SymbolConfig.of(name, symbol) for name, symbol in blocks.symbols.items()}
    tickers = ticker_table(source, blocks.symbols)
    modes = {name: account.position_mode for name, account in accounts.items()}
    names = Names(
        senders=_names(source, "senders"),
        accounts=_names(source, "accounts"),
        modes=modes,
        tickers=tickers if symbols and len(symbols) == len(_names(source, "symbols")) else None,
    )
    rules = _rules(source, blocks, names)
    book = RuleBook(tuple(rules.values()), tickers, modes, _scopes(source, blocks, names))
    for at, rule in rules.items():
        complain_of_barred(source, at, rule, book)
    _complain_of_unreachable(source, rules, book)
    for at, test in blocks.tests.items():
        _check_test(source, at, test, names)
    known = _with_foreign_secrets([sender for sender in senders.values() if sender], credentials)
    return Compiled(accounts, known, symbols, book)


def _with_foreign_secrets(senders: Sequence[Sender], credentials: Set[str]) -> dict[str, Sender]:
    """Each sender with the secrets of all others. A short credential is left out: it may be a part of any text."""
    secrets = [credential for credential in credentials if len(credential) >= SHORTEST]
    secrets += [secret for sender in senders for secret in sender.secrets]
    known = {}
    for sender in senders:
        foreign = tuple(secret for secret in secrets if secret not in sender.secrets)
        known[sender.name] = replace(sender, foreign_secrets=foreign)
    return known


def _names(source: Source, section: str) -> tuple[str, ...]:
    """Every name the file gives, also to blocks with a mistake."""
    found: Any = source.data.get(section) if isinstance(source.data, dict) else None
    return tuple(found) if isinstance(found, dict) else ()


def _rule_names(source: Source) -> tuple[str, ...]:
    found: Any = source.data.get("rules") if isinstance(source.data, dict) else None
    names = [rule.get("name") for rule in found if isinstance(rule, dict)] if isinstance(found, list) else []
    return tuple(name for name in names if isinstance(name, str))


def _rules(source: Source, blocks: Blocks, names: Names) -> dict[int, Rule]:
    """The rules that compile, by their place in the file. A name given twice is complained about."""
    rules: dict[int, Rule] = {}
    places: dict[str, int] = {}
    for at, block in blocks.rules.items():
        first = places.setdefault(block.name, at)
        if first != at:
            line = source.line(("rules", first, "name"))
            source.complain(("rules", at, "name"), f"the rule on line {line} is called {block.name} already")
        rule = RuleCompiler(source, ("rules", at), block, names).compiled()
        if rule and first == at and at not in blocks.mended:
            rules[at] = rule
    return rules


def _scopes(source: Source, blocks: Blocks, names: Names) -> dict[str, May]:
    """What each sender can reach, unless it is everything."""
    known = {"rules": _rule_names(source), "accounts": names.accounts, "symbols": _names(source, "symbols")}
    limited = {name: block.may for name, block in blocks.senders.items() if block.may}
    for name, may in limited.items():
        complain_of_unknown(source, name, may, known)
    return {name: may.compiled(name) for name, may in limited.items()}


def _complain_of_unreachable(source: Source, rules: Mapping[int, Rule], book: RuleBook) -> None:
    places = {rule.name: at for at, rule in rules.items()}
    for name, blocking in unreachable(book):
        line = source.line(("rules", places[blocking]))
        source.complain(
            ("rules", places[name]),
            f"no alert reaches {name}: {blocking} on line {line} matches all of them first; "
            f"move it up, or give {blocking} continue: true",
        )


def _check_test(source: Source, at: int, test: RuleTest, names: Names) -> None:
    for key, name, known in (("sender", test.sender, names.senders), ("account", test.account, names.accounts)):
        if known and name is not None and name not in known:
            source.complain(("tests", at, key), f"there is no {key} {name}{did_you_mean(name, known)}")
    if test.sender is None and len(names.senders) > 1:
        source.complain(("tests", at, "sender"), f"is missing, and there are {', '.join(names.senders)}")
