"""What is fuzzed, and what must hold whatever comes: documented refusals alone escape, soon, and without a secret."""

import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_network
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from executor.core.alert import Alert, Format, Undecodable, decode
from executor.core.rules import BadCondition, NoRuleMatches, NotAllowed, compile_when, map_alert, trace
from executor.core.sender import NotAuthenticated, Presented, Sender, Signed, Way, authenticate
from executor.core.values import BadValue, ValueRefused, compile_value
from tests.core.rules.examples import book, rule
from tests.core.test_alert_limits import SIZE, is_writable
from tests.fuzz.bodies import SECRETS, bodies, mostly, readable
from tests.fuzz.rules import templates, whens

SECONDS = 0.5  # of this thread's own time; milliseconds, but for a machine that is busy
NOW = datetime(2026, 11, 20, 9, 0, 5, tzinfo=UTC)
FORMATS = [
    *(Format.AUTO, Format.JSON, Format.PAIRS, Format.SENTENCE),
    *(Format.pattern("(?P<text>(a|a?)+)"), Format.pattern(r"(?P<action>\w+) (?P<ticker>\S+)(?P<rest>.*)")),
]


@contextmanager
def soon_and_only(*documented):
    """The documented refusals are fine, as long as they tell no secret."""
    started = time.thread_time()
    try:
        yield
    except documented as refused:
        assert_tells_no_secret(f"{refused!s} {refused!r} {vars(refused)}")
    assert time.thread_time() - started < SECONDS


def assert_tells_no_secret(text):
    assert not [secret for secret in SECRETS if secret in text]


def decoding(body):
    for format in FORMATS:
        with soon_and_only(Undecodable):
            assert is_writable(decode(body, format))


senders = st.builds(
    Sender,
    name=st.just("tradingview"),
    secrets=st.just(SECRETS),
    secret_field=mostly("secret", st.sampled_from([None, "a.b", "a.0", "", "."])),
    networks=mostly(None, st.just((ip_network("127.0.0.0/8"),))),
    format=mostly(Format.AUTO, st.sampled_from(FORMATS)),
    accept=mostly(frozenset(Way), st.frozensets(st.sampled_from(Way))),
)
shown = mostly(None, st.sampled_from(SECRETS), st.text(max_size=30))
signed = st.builds(
    Signed,
    st.text(max_size=9),
    st.sampled_from([str(int(NOW.timestamp())), "9" * 11, "-1", ""]) | st.text(max_size=12),
    st.text(max_size=30) | st.text(max_size=30).map("v1,{}".format),
)
presented = st.builds(
    Presented,
    path_secret=shown,
    bearer=shown,
    address=st.sampled_from(["1.2.3.4", None, "127.0.0.1", "::ffff:127.0.0.1", "::1%eth0", ""]) | st.text(max_size=9),
    signed=st.none() | signed,
)


def proving(sender, body, presented):
    with soon_and_only(NotAuthenticated, Undecodable):
        proven = authenticate(sender, body, presented, NOW)
        assert sender is not None
        assert proven.way in sender.accept
        assert_tells_no_secret(f"{proven!r} {sender!r} {presented!r}")


def filling_in(template, fields):
    with suppress(BadValue, ValueRefused), soon_and_only(BadValue, ValueRefused):
        assert isinstance(compile_value(template).render(Alert("tradingview", fields, NOW, "d1")), str)


def holding(when, fields):
    with suppress(BadCondition), soon_and_only(BadCondition):
        assert compile_when(when).held(Alert("tradingview", fields, NOW, "d1")) in (True, False, None)


def mapping(when, symbol, target, id, body, presented):
    """From a body to intents, by a rule of any shape that loads."""
    sender = Sender("tradingview", SECRETS, "secret", None, Format.AUTO)
    with suppress(BadCondition, BadValue), soon_and_only(BadCondition, BadValue):
        rules = book(rule("fuzzed", when, symbol=symbol, target=target, id=id))
        with soon_and_only(NotAuthenticated, Undecodable, NoRuleMatches, ValueRefused, NotAllowed):
            proven = authenticate(sender, body, presented, NOW)
            alert = Alert.of(sender.name, proven.fields, NOW, body, proven.message_id)
            assert_tells_no_secret(repr(alert))
            assert_tells_no_secret(repr([*trace(rules, alert)]))
            assert_tells_no_secret(repr(map_alert(rules, alert)))


values = st.sampled_from(["", "0", "long", "ETHUSDT.P", "a" * SIZE, Decimal(0), Decimal("-9.9e39"), None, True, [], {}])
alerts = st.builds(
    lambda a, ticker, strategy: {"a": a, "ticker": ticker, "strategy": strategy, "market_position": "long"},
    values | st.lists(values) | st.dictionaries(st.sampled_from("ab"), values),
    values,
    values,
)
TARGETS: dict[Callable[..., None], dict[str, Any]] = {
    decoding: {"body": bodies},
    proving: {"sender": senders | st.none(), "body": bodies, "presented": presented},
    filling_in: {"template": templates, "fields": alerts},
    holding: {"when": whens, "fields": alerts},
    mapping: {
        "when": whens,
        "symbol": templates,
        "target": templates,
        "id": templates,
        "body": readable | readable | bodies,
        "presented": st.builds(Presented, path_secret=st.sampled_from(SECRETS[:2])),
    },
}


def fuzz(target, examples, seed_number):
    """Fails with the smallest input that breaks the target, if it finds one."""

    @seed(seed_number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(**TARGETS[target])
    def attempt(**drawn):
        target(**drawn)

    attempt()
