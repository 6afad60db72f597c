"""One bad file per mistake in data/, each `valid.yml` with something changed, and how its complaints begin."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.config import Brakes, ConfigError, Proxies, SymbolConfig, load, run_tests
from executor.core import ALL, Leg, Market, Parameters, PositionMode, Target
from executor.core.alert import Format, decode
from executor.core.rules import compile_when
from executor.core.rules.rule import STANDARD_WORDS
from executor.core.sender import CertificateRule, Sender, Way
from executor.core.values import compile_value

DATA = Path(__file__).parent / "data"
SHIPPED = Path(__file__).parents[2] / "config.yaml"
SECRET = "8d1f0c2e5b7a49638d1f0c2e5b7a4963"
HUNTER = "hunter2hunter2"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ENVIRON = {"ALERT_SECRET": SECRET, "PASSWORD": HUNTER}

EVERYTHING = """
version: 1
ledger: postgresql+psycopg://executor:${PASSWORD}@localhost/executor
proxies: {hops: 2, secret: "${OLD:-a proxy and nobody else}"}
accounts:
  main:
    venue: live
    position_mode: one-way
    api_key: 00120012
    api_secret: ${PASSWORD}
    api_passphrase: ${PASSWORD}
    base_url: http://localhost:8080/
    rate_limit: 1
    position_max_age: 0
    late_reads: 20s
    answered_doubt: 10m
    parameters:
      one-way: {long_to_short: {side: null}, short_to_long: {tradeSide: Open}}
      partial_one_way: true
  demo: {venue: demo, position_mode: hedge, api_key: a-key-00, api_secret: a-secret, api_passphrase: a-phrase}
senders:
  bot:
    secrets: ["${ALERT_SECRET}", "${OLD:-mild river copper lantern}"]
    secret_field: auth.token
    networks: [tradingview, 10.0.0.0/8]
    may: {rules: [everything], accounts: [main, demo], symbols: [BTCUSD]}
    format: {pattern: '(?P<ticker>\\S+) (?P<action>\\w+)'}
    certificate:
      organization: "TradingView, Inc."
      email: webhook-server@tradingview.com
      fingerprints: [AB:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD:CD]
symbols:
  BTCUSD:
    product_type: COIN-FUTURES
    margin_coin: BTC
    brakes: {flips: 3, window: 10m, cooldown: 1.5h}
rules:
  - name: everything
    when: {interval: 60, note: no}
    accounts: [demo, main]
    symbol: BTCUSD
    target: "{{ action }}"
    words: {buy: long, exit: flat}
    time: "{{ time }}"
    id: "{{ order_id }}"
    max_age: 1500ms
    dedupe_window: 0
    verify_for: 1m
    when_flat: open
    on_flat_target: close
    reversal: {size: 3, hedge: {size: "{{ contracts }}"}}
    continue: true
"""

MISTAKES: dict[str, list[str]] = {
    "absent-file": [
        "8  senders.tradingview.secrets[0]  the file absent-secret cannot be read: No such file or directory"
    ],
    "accept": [
        "8  senders.signing.secrets[0]  this secret is never used: accept has no signature",
        "9  senders.signing.accept[0]  body cannot be used: all secrets of this sender sign",
        "9  senders.signing.accept[1]  bearer cannot be used: all secrets of this sender sign",
        "13  senders.showing.accept[0]  body cannot be used: secret_field is null",
        "13  senders.showing.accept[1]  signature cannot be used: there is no secret that signs; make one",
        "15  senders.both.secrets[0]  this secret is never used: accept has no body, path or bearer",
        "19  senders.other.accept[0]  'header' is not 'body', 'path', 'bearer' or 'signature'; did you",
    ],
    "account-name": ["3  accounts[\"my account\"]  'my account' is not a name: up to 64 letters, digits, . - and _"],
    "billion-laughs": ["2  its aliases (*name, <<) repeat too much, or a block contains itself: write some of it out"],
    "brakes": [
        "14  symbols.ETHUSDT.brakes.cooldown  is missing here",
        "14  symbols.ETHUSDT.brakes.flips  '0' is not a whole number from 1 to 1000",
    ],
    "broken-reference": ["6  accounts.main.base_url  ${ begins a reference: write ${NAME}, ${NAME:-default} or"],
    "certificate-without-proof": [
        "10  senders.tradingview.certificate  cannot be believed without proxies: {hops: 1, sec"
    ],
    "certificate": [
        "2  proxies.hops  '0' is not a whole number from 1 to 10",
        "2  proxies.secret  this secret cannot be used: it is shorter than 16 characters",
        "10  senders.tradingview.certificate.email  is missing here",
        "10  senders.tradingview.certificate.organization  is missing here",
        "11  senders.tradingview.certificate.organisation  'organisation' is not a key; did you mean 'organization'?",
        "12  senders.tradingview.certificate.fingerprints[0]  'AB:CD' is not a SHA-256 fingerprint: 64 hexadecimal",
    ],
    "contradiction": ["16  rules[0].when.interval  can never hold: its values exclude each other"],
    "credential-with-a-space": [
        "8  accounts.main.api_passphrase  it holds a character that no header can carry, such as a line break"
    ],
    "credentials-in-base-url": [
        "6  accounts.main.base_url  'https://<secret>@api.example.com' holds a user name or password"
    ],
    "duplicate-key": ["6  accounts.main.venue  this key is given twice, first on line 4: keep one of them"],
    "duplicate-rule": ["19  rules[1].name  the rule on line 15 is called trend already"],
    "duration": [
        "17  rules[0].max_age  '60' is not a duration: write 500ms, 60s, 5m or 2h",
        "18  rules[0].verify_for  '10 seconds' is not a duration: write 500ms, 60s, 5m or 2h",
    ],
    "empty-section": ["14  rules  is empty: it needs at least one"],
    "exchange-key-as-secret": [
        "11  senders.tradingview.secrets[0]  this secret cannot be used: it is a credential of an"
    ],
    "five-mistakes": [
        "2  legder  'legder' is not a key; did you mean 'ledger'?",
        "6  accounts.main.position_mode  'hegde' is not 'hedge' or 'one-way'; did you mean 'hedge'?",
        "14  symbols.ETHUSDT.tickers  'ETHUSDT.P' is not a list: [one, two], or lines that start with '- '",
        "17  rules[0].when.close.gtt  is not an operator; did you mean gt?",
        "18  rules[0].max_age  '60 s' is not a duration: write 500ms, 60s, 5m or 2h",
    ],
    "format-pattern": ["9  senders.tradingview.format.pattern  the pattern does not compile: missing )"],
    "format": ["9  senders.tradingview.format  'jsn' is not 'auto', 'json', 'pairs' or 'sentence'; did you"],
    "ledger": ["2  ledger  <secret> is not a ledger: write sqlite:///executor.db or"],
    "live-without-credentials": [
        "3  accounts.main  venue live needs api_key, api_secret, api_passphrase: write api_key"
    ],
    "may": [
        "10  senders.tradingview.may.rules[1]  there is no rule tredn; did you mean 'trend'?",
        "11  senders.tradingview.may.accounts[0]  there is no account mian; did you mean 'main'?",
        "12  senders.tradingview.may.symbols[0]  there is no symbol ETHUSDT.P; did you mean 'ETHUSDT'?",
        "15  senders.bot.may.rules  is empty: it needs at least one",
        "18  senders.desk.may  limits nothing: list rules, accounts or symbols, or leave it out",
    ],
    "may-not-what-its-rule-wants": [
        "23  rules[0].when.sender  every alert of this sender would be refused: sender bot may not use rule",
        "28  rules[1].when.sender  every alert of this sender would be refused: sender bot may not use account",
        "32  rules[2].when.sender  every alert of this sender would be refused: sender bot may not use symbol",
    ],
    "missing-key": ["15  rules[0].symbol  is missing here"],
    "missing-section": ["1  version  is missing here"],
    "network": [
        "9  senders.tradingview.networks[0]  'tradingviev' is not a network: write a known name",
        "9  senders.tradingview.networks[1]  '10.0.0.1/8' is not a network: write a known name",
    ],
    "no-default-account": ["18  rules[0].accounts  is missing, and there are 2: main, second"],
    "no-secrets": ["8  senders.tradingview.secrets  is empty: it needs at least one"],
    "open-with-all": ["19  rules[0].when_flat  size all cannot open a position: when_flat: open needs a number"],
    "open-with-percentage": [
        "22  rules[0].reversal.hedge.size  size 25% cannot open a position: when_flat: open needs a number"
    ],
    "operator": ["18  rules[0].when.close.gtt  is not an operator; did you mean gt?"],
    "parameter": [
        "6  accounts.main.parameters.hedge.long_to_short.side  'sel' is not 'buy' or 'sell'; did you",
        "6  accounts.main.parameters.hedge.long_to_short.tradeside  'tradeside' is not a key; did you",
    ],
    "password-hash": [
        "3  operator.password_hash  this is not a password hash; make one with: executor password",
        "4  operator.metrics_token  this token cannot be used: it is shorter than 16 characters",
    ],
    "host-in-other-letters": [
        "6  accounts.main.base_url  'https://b\xfccher.example' holds a character that no request can carry: write"
    ],
    "plain-http": ["6  accounts.main.base_url  'http://api.example.com' would send orders in the clear: write"],
    "late-reads": ["6  accounts.main.late_reads  '10m' is out of range: write 0 to 5m"],
    "answered-doubt": ["6  accounts.main.answered_doubt  'soon' is not a duration: write 500ms, 60s, 5m or 2h"],
    "position-max-age": ["6  accounts.main.position_max_age  '2h' is out of range: write 0 to 60s"],
    "position-mode": ["5  accounts.main.position_mode  'oneway' is not 'hedge' or 'one-way'; did you mean 'one-way'?"],
    "product-type": ["11  symbols.ETHUSDT.product_type  'usdt-futures' is not 'USDT-FUTURES', 'COIN-FUTURES' or"],
    "rate-limit": ["6  accounts.main.rate_limit  '0.5' is not a whole number from 1 to 1000"],
    "regular-expression": [
        "17  rules[0].when.strategy.matches  the regular expression cannot be used: missing ): (trend"
    ],
    "secrets-are-never-shown": [
        "2  ledger  <secret> is not a ledger: write sqlite:///executor.db or",
        "6  accounts.main.api_key  a list is not text",
        "8  accounts.main.api_passphrase  a mapping is not text",
        "9  accounts.main.rate_limit  '${PASSWORD}' is not a whole number from 1 to 1000",
        "13  senders.tradingview.secrets[0]  this secret cannot be used: it is shorter than 16",
        "21  rules[0].when.strategy.matches  cannot be used once its ${…} are filled in; with what is",
        "22  rules[0].symbol  cannot be used once its ${…} are filled in; with what is not shown, it",
        "23  rules[0].target  cannot be used once its ${…} are filled in; with what is not shown, it",
        "25  rules[0].reversal.size  cannot be used once its ${…} are filled in; with what is not",
    ],
    "section-of-another-kind": ["14  rules  'none' is not a list: [one, two], or lines that start with '- '"],
    "shared-key": ["12  accounts.second.api_key  this is the key of account main as well: list an account once"],
    "shared-secret": ["10  senders.bot.secrets[1]  this secret is senders.tradingview.secrets[0] as well: give each"],
    "short-credential": [
        "8  accounts.main.api_passphrase  no credential of Bitget's is shorter than 8 characters: copy all of it"
    ],
    "size-above-all": ["19  rules[0].reversal.size  '120%' is more than the position: a percentage goes up to 100%"],
    "size": ["19  rules[0].reversal.size  'half' is not a size: write all, a number such as 0.25, or a"],
    "symbol-name": [
        "10  symbols[\"ethusdt.p\"]  'ethusdt.p' is not a symbol in the exchange's spelling, such as ETHUSDT"
    ],
    "tab": ["5  the line is indented with a tab, and YAML wants spaces"],
    "target": [
        "18  rules[0].target  'buy' is not a target; it must be one of long, short, flat, exit-long, exit-short"
    ],
    "target-without-use": [
        "19  rules[0].when_flat  has no effect: the target is always exit-long",
        "20  rules[0].on_flat_target  has no effect: the target is always exit-long",
        "21  rules[0].reversal  has no effect: the target is always exit-long",
        "25  rules[1].reversal  has no effect: the target is always flat",
        "29  rules[2].on_flat_target  has no effect: the target is always short",
    ],
    "template-statement": [
        "18  rules[0].target  '{% for x in y %}{% endfor %}' {% for %} is not available: a value knows"
    ],
    "template": ["18  rules[0].target  '{{ market_position' cannot be read as a Jinja2 template: unexpected end"],
    "test-decision": [
        "21  tests[0].alert  this is not an alert: write its fields as a mapping, or a whole message as text",
        "22  tests[0].expect.decision  'revers' is not 'reverse', 'open', 'close', 'unneeded', 'denied'",
    ],
    "test-of-nobody": [
        "23  tests[0].sender  there is no sender tradingvew; did you mean 'tradingview'?",
        "24  tests[0].account  there is no account mian; did you mean 'main'?",
    ],
    "test-that-cannot-fail": ["22  tests[0].expect  it expects nothing, so it cannot fail: write at least decision"],
    "ticker-of-two-symbols": [
        "17  symbols.BTCUSDT.tickers[1]  'ETHUSDT.P' stands for ETHUSDT already: a ticker names one symbol"
    ],
    "unclosed-quote": ["18  a line is not aligned with the others of its block, or text follows a closing quote"],
    "unknown-account": [
        "17  rules[0].accounts[1]  there is no account mian; did you mean 'main'?",
        "17  rules[0].accounts[2]  account main is listed twice",
    ],
    "unknown-key": ["17  rules[0].max_aeg  'max_aeg' is not a key; did you mean 'max_age'?"],
    "unknown-sender": ["16  rules[0].when.sender  there is no sender tradingvew; did you mean 'tradingview'?"],
    "unknown-symbol": ["17  rules[0].symbol  'ETHUSDT.PERP' is not a known ticker; add it to the tickers of a symbol"],
    "unknown-top-level-key": ["2  legder  'legder' is not a key; did you mean 'ledger'?"],
    "unknown-venue": [
        "4  accounts.main.venue  'simulatr' is not 'simulator', 'demo' or 'live'; did you mean 'simulator'?"
    ],
    "unquoted-template": ['18  rules[0].target  a value with {{ … }} must stand in quotes: "{{ ticker }}"'],
    "unreachable-rule": ["19  rules[1]  no alert reaches narrower: trend on line 15 matches all of them first; move"],
    "unset-credential": [
        "5  accounts.main.api_key  the environment variable BITGET_API_KEY is not set; set it, or give"
    ],
    "unset-variable": ["8  senders.tradingview.secrets[0]  the environment variable NOT_SET_SECRET is not set; make"],
    "weak-secrets": [
        "8  senders.tradingview.secrets[0]  this secret cannot be used: it is empty; make one with",
        "8  senders.tradingview.secrets[1]  this secret cannot be used: it is shorter than 16",
        "8  senders.tradingview.secrets[2]  this secret cannot be used: it is a published sample",
        "8  senders.tradingview.secrets[3]  this secret cannot be used: it signs with fewer than 24 bytes",
        "8  senders.tradingview.secrets[4]  this secret cannot be used: it is a published sample",
    ],
    "when-flat": ["19  rules[0].when_flat  'opn' is not 'ignore', 'deny' or 'open'; did you mean 'open'?"],
    "words": [
        "19  rules[0].words.buy  'lnog' is not 'long', 'short', 'flat', 'exit-long' or 'exit-short'; did you mean"
    ],
    "wrong-version": ["1  version  '2' is not 1"],
    "yaml-tag": ["6  accounts.main.base_url  a value that starts with ! is a YAML tag, and none is allowed here"],
}


def complaints(file: Path) -> list[str]:
    """What is said about a file, without its name; nothing if it loads."""
    try:
        load(file, ENVIRON)
    except ConfigError as refused:
        return [complaint.text.removeprefix(f"{file}:") for complaint in refused.complaints]
    return []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_path(name: str) -> None:
    said = complaints(DATA / f"{name}.yml")
    assert [text[: len(begins)] for text, begins in zip(said, MISTAKES[name], strict=True)] == MISTAKES[name]


def test_every_bad_file_has_its_complaints() -> None:
    assert {file.stem for file in DATA.glob("*.yml")} == {*MISTAKES, "valid"}


@pytest.mark.parametrize("name", MISTAKES)
def test_no_complaint_quotes_a_secret(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(DATA / f"{name}.yml", ENVIRON)
    assert not re.search(f"{HUNTER}|{SECRET}", f"{refused.value}{refused.value!r}{refused.value.complaints}")
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1  is empty: it must be a mapping: lines of key: value"),
        ("# nothing\n", "1  is empty: it must be a mapping: lines of key: value"),
        ("- version: 1\n", "1  a list is not a mapping: lines of key: value"),
        ("version: 1\naccounts: []\n", "2  accounts  a list is not a mapping: lines of key: value"),
    ],
)
def test_what_is_no_configuration_at_all_is_a_complaint(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "config.yaml", {})
    assert said in str(refused.value)


@pytest.mark.parametrize("key", ["[key]", "(name)", "a b", "*", ""])
def test_an_unknown_key_may_be_called_anything(tmp_path: Path, key: str) -> None:
    config = {**yaml.safe_load(SHIPPED.read_text()), key: 1}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (said,) = complaints(tmp_path / "config.yaml")
    assert f"{key!r} is not a key" in said


def test_what_a_mistake_leads_to_is_not_complained_about_as_well(tmp_path: Path) -> None:
    text = EVERYTHING.replace("accounts: [demo, main]", "accounts: demo").replace(" target:", " targte:")
    (tmp_path / "config.yaml").write_text(text)
    said = [text.split("  ")[1] for text in complaints(tmp_path / "config.yaml")]
    assert said == ["rules[0].target", "rules[0].accounts", "rules[0].targte"]


@pytest.mark.parametrize("section", ["accounts", "senders", "symbols"])
def test_a_section_that_is_missing_is_one_complaint(tmp_path: Path, section: str) -> None:
    config = yaml.safe_load(SHIPPED.read_text())
    del config[section]
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "config.yaml", ENVIRON)
    assert [(one.path, one.message) for one in refused.value.complaints] == [(section, "is missing here")]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


STRANGE = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "${",
    "${PASSWORD}",
    "{{ x }}",
    "{{",
    [],
    ["x"],
    [[]],
    {},
    {"gt": 0},
    10**30,
]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(data=st.data())
def test_whatever_a_value_is_replaced_by_nothing_but_complaints_comes_of_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    config = yaml.safe_load(EVERYTHING)
    *above, last = data.draw(st.sampled_from(list(places(config))))
    block = reduce(lambda inner, key: inner[key], above, config)
    block[last] = data.draw(st.sampled_from(STRANGE))
    file = tmp_path_factory.getbasetemp() / "strange.yaml"
    file.write_text(yaml.safe_dump(config))
    assert HUNTER not in "\n".join(complaints(file))


def test_an_absent_file_is_a_complaint(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml:1  the file cannot be read: No such file or directory"):
        load(tmp_path / "absent.yaml", {})


def test_what_is_left_out_has_its_default() -> None:
    config = load(DATA / "valid.yml", ENVIRON)
    account, sender, (rule,) = config.accounts["main"], config.senders["tradingview"], config.book.rules
    assert (account.venue, account.position_mode, account.base_url) == ("simulator", "hedge", "http://127.0.0.1:5020")
    assert [secret.get_secret_value() for secret in (account.api_key, account.api_secret, account.api_passphrase)] == [
        "main",
        "simulator",
        "simulator",
    ]
    assert (account.rate_limit, account.position_max_age, account.parameters) == (
        10,
        timedelta(seconds=1),
        Parameters(),
    )
    assert (account.late_reads, account.answered_doubt) == (None, timedelta(minutes=3))
    shown = frozenset({Way.BODY, Way.PATH, Way.BEARER})
    assert sender == Sender("tradingview", (SECRET,), "secret", None, Format.AUTO, shown)
    assert (rule.accounts, rule.sizes) == (("main",), dict.fromkeys(PositionMode, ALL))
    assert (rule.max_age, rule.dedupe_window) == (timedelta(seconds=60), timedelta(seconds=60))
    assert (rule.verify_for, rule.time, rule.id, rule.go_on) == (timedelta(seconds=10), None, None, False)
    assert (rule.when_flat, rule.on_flat_target, rule.words) == ("ignore", "ignore", STANDARD_WORDS)
    assert (config.ledger_url, config.proxies.hops, config.tests) == ("sqlite:///executor.db", 0, ())
    assert config.proxies.secret is None
    assert config.book.tickers == {"ETHUSDT": "ETHUSDT", "ETHUSDT.P": "ETHUSDT"}
    assert config.symbols["ETHUSDT"] == SymbolConfig(
        Market("ETHUSDT", "USDT-FUTURES", "USDT"), ("ETHUSDT", "ETHUSDT.P"), None
    )


def test_every_key_arrives(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(EVERYTHING)
    config = load(file, ENVIRON)
    account, sender, (rule,) = config.accounts["main"], config.senders["bot"], config.book.rules
    assert config.ledger_url == f"postgresql+psycopg://executor:{HUNTER}@localhost/executor"
    assert config.proxies == Proxies.model_validate({"hops": "2", "secret": "a proxy and nobody else"})
    assert (account.api_key.get_secret_value(), account.api_secret.get_secret_value()) == ("00120012", HUNTER)
    assert (account.base_url, account.rate_limit, account.position_max_age) == ("http://localhost:8080", 1, timedelta())
    assert (account.late_reads, account.answered_doubt) == (timedelta(seconds=20), timedelta(minutes=10))
    assert account.parameters == Parameters(
        {(PositionMode.ONE_WAY, Leg.LONG): {"side": None}, (PositionMode.ONE_WAY, Leg.SHORT): {"tradeSide": "Open"}},
        True,
    )
    assert config.accounts["demo"].base_url == "https://api.bitget.com"
    assert (sender.secrets, sender.secret_field) == ((SECRET, "mild river copper lantern"), "auth.token")
    assert sender.networks is not None
    assert [str(network) for network in sender.networks[-2:]] == ["52.32.178.7/32", "10.0.0.0/8"]
    assert config.book.may["bot"].to_json() == {
        "rules": ["everything"],
        "accounts": ["demo", "main"],
        "symbols": ["BTCUSD"],
    }
    assert sender.certificate == CertificateRule(
        "TradingView, Inc.", "webhook-server@tradingview.com", frozenset({"ab" + "cd" * 31})
    )
    assert decode(b"BTCUSD buy", sender.format) == {"ticker": "BTCUSD", "action": "buy"}
    assert config.symbols["BTCUSD"].brakes == Brakes.model_validate({"flips": "3", "window": "10m", "cooldown": "90m"})
    assert (rule.accounts, rule.max_age, rule.dedupe_window) == (("demo", "main"), timedelta(seconds=1.5), timedelta())
    assert (rule.verify_for, rule.when_flat, rule.on_flat_target, rule.go_on) == (
        timedelta(minutes=1),
        "open",
        "close",
        True,
    )
    assert rule.words == {**STANDARD_WORDS, "buy": Target.LONG, "exit": Target.FLAT}
    assert (str(rule.sizes[PositionMode.ONE_WAY]), rule.sizes[PositionMode.HEDGE]) == (
        "3",
        compile_value("{{ contracts }}"),
    )
    assert (rule.time, rule.id) == (compile_value("{{ time }}"), compile_value("{{ order_id }}"))
    assert rule.when == compile_when({"interval": Decimal(60), "note": "no"})
    assert not re.search(
        f"{HUNTER}|{SECRET}|lantern", f"{config!r}{config.model!r}{config.accounts!r}{config.senders!r}"
    )


@pytest.mark.parametrize("secret", [SECRET, "another-secret-that-nobody-knows"])
def test_the_digest_tells_configurations_apart(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "config.yaml"

    def digest(text: str, **environ: str) -> str:
        file.write_text(text)
        return load(file, {**ENVIRON, **environ}).digest

    same = digest(EVERYTHING)
    assert digest(EVERYTHING + "# a remark\n") == same
    assert digest(EVERYTHING.replace("1500ms", "1600ms")) != same
    assert (digest(EVERYTHING, ALERT_SECRET=secret) == same) == (secret == SECRET)


@pytest.mark.parametrize("environ", [{}, {"ALERT_SECRET": ""}])
def test_the_shipped_configuration_says_how_to_make_a_secret(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        load(SHIPPED, environ)
    (complaint,) = refused.value.complaints
    assert complaint.path == "senders.tradingview.secrets[0]"
    assert "export ALERT_SECRET=$(openssl rand -hex 16)" in complaint.message


def test_the_shipped_configuration_holds_and_tests_each_of_its_rules() -> None:
    config = load(SHIPPED, ENVIRON)
    assert [result.text for result in run_tests(config, NOW) if not result.passed] == []
    assert {test.expect.rule for test in config.tests} >= {rule.name for rule in config.book.rules}
