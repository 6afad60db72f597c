"""What the rules make of an alert."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from executor.core import ALL, Intent, OnFlatTarget, PositionMode, Target, WhenFlat, parse_size
from executor.core.rules import STANDARD_WORDS, NoRuleMatches, Rule, RuleBook, map_alert
from executor.core.rules.mapping import FOREVER
from executor.core.values import ValueRefused, compile_value
from tests.core.rules.examples import EVERY_MODE, FIELDS, NOW, alert, book, rule

WINDOW = timedelta(seconds=30)  # of the examples' rules


def intent_of(one: Rule, **fields: Any) -> Intent:
    (intent,) = map_alert(book(one), alert({**FIELDS, **fields})).intents
    return intent


def refusal_of(one: Rule, **fields: Any) -> str:
    with pytest.raises(ValueRefused) as caught:
        map_alert(book(one), alert({**FIELDS, **fields}))
    assert (caught.value.rule, caught.value.status) == ("eth-trend", 422)
    return str(caught.value)


@pytest.mark.parametrize(
    ("said", "leaves"),
    [
        ("long", Target.LONG),
        ("Flat", Target.FLAT),
        ("sell", Target.SHORT),
        ("", None),
        (None, None),
        ("{{strategy.prev_market_position}}", None),
    ],
)
def test_a_rule_reads_which_side_is_left(said: Any, leaves: Target | None) -> None:
    words = {**STANDARD_WORDS, "sell": Target.SHORT, "out": Target.EXIT_LONG}
    assert intent_of(rule(leaves="{{ before }}", words=words), before=said).leaves is leaves


def test_a_side_that_the_alert_does_not_name_is_not_left() -> None:
    assert intent_of(rule(leaves="{{ before }}")).leaves is None
    assert intent_of(rule()).leaves is None


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "up",
            "rule eth-trend, from: 'up' is not a target; it must be one of long, short, flat, exit-long, exit-short",
        ),
        (
            "exit-long",
            "rule eth-trend, from: 'exit-long' means exit-long, which is no position; it must mean long, short or flat",
        ),
    ],
)
def test_a_side_that_is_none_is_refused(said: str, sentence: str) -> None:
    assert refusal_of(rule(leaves="{{ before }}"), before=said) == sentence


def test_a_rule_makes_an_intent_of_an_alert() -> None:
    one = rule(when_flat=WhenFlat.OPEN, on_flat_target=OnFlatTarget.CLOSE)
    assert intent_of(one) == Intent(
        account="main",
        symbol="ETHUSDT",
        rule="eth-trend",
        target=Target.SHORT,
        size=ALL,
        when_flat=WhenFlat.OPEN,
        on_flat_target=OnFlatTarget.CLOSE,
        expires_at=NOW + timedelta(seconds=60),
        verify_for=timedelta(seconds=10),
        signal_time=None,
    )


# --- target


@pytest.mark.parametrize(
    ("words", "said", "target"),
    [
        (None, "long", Target.LONG),
        (None, " Short ", Target.SHORT),
        (None, "FLAT", Target.FLAT),
        ({"buy": Target.LONG, "sell": Target.SHORT}, "BUY", Target.LONG),
        ({"Buy": Target.LONG, " close all ": Target.FLAT}, "Close All", Target.FLAT),
        ({"1": Target.LONG, "-1": Target.SHORT, "0": Target.FLAT}, Decimal("-1.0"), Target.SHORT),
        ({"true": Target.LONG, "false": Target.FLAT}, True, Target.LONG),
        ({"true": Target.LONG, "false": Target.FLAT}, "False", Target.FLAT),
    ],
)
def test_a_target_is_read_by_the_rules_words(words: dict[str, Target] | None, said: Any, target: Target) -> None:
    terms: dict[str, Any] = {"words": words} if words else {}
    assert intent_of(rule(**terms), market_position=said).target is target


@pytest.mark.parametrize(
    ("words", "said", "sentence"),
    [
        (
            None,
            "buy",
            "rule eth-trend, target: 'buy' is not a target; it must be one of long, short, flat, exit-long, exit-short",
        ),
        ({"buy": Target.LONG}, "long", "rule eth-trend, target: 'long' is not a target; it must be one of buy"),
        (None, None, "rule eth-trend, target: a field it uses is null"),
        (None, "", "rule eth-trend, target: '{{ market_position }}' came out empty"),
    ],
)
def test_an_unknown_target_is_refused_with_what_is_accepted(
    words: dict[str, Target] | None, said: Any, sentence: str
) -> None:
    terms: dict[str, Any] = {"words": words} if words else {}
    assert refusal_of(rule(**terms), market_position=said) == sentence


def test_an_absurd_target_is_shown_in_part() -> None:
    assert len(refusal_of(rule(), market_position="x" * 100_000)) < 200


# --- symbol


@pytest.mark.parametrize("ticker", ["ETHUSDT", "ETHUSDT.P"])
def test_a_ticker_stands_for_its_symbol(ticker: str) -> None:
    assert intent_of(rule(), ticker=ticker).symbol == "ETHUSDT"


@pytest.mark.parametrize(
    ("ticker", "sentence"),
    [
        (
            "ETHUSDT.PERP",
            "rule eth-trend, symbol: 'ETHUSDT.PERP' is not a known ticker; add it to the tickers of a symbol under "
            "symbols: (the nearest there is ETHUSDT.P)",
        ),
        (
            "BTCUSDT",  # .P is never stripped or added: the spot market and the perpetual are not the same
            "rule eth-trend, symbol: 'BTCUSDT' is not a known ticker; add it to the tickers of a symbol under "
            "symbols: (the nearest there is BTCUSDT.P)",
        ),
        (
            "ethusdt",
            "rule eth-trend, symbol: 'ethusdt' is not a known ticker; add it to the tickers of a symbol under symbols:",
        ),
    ],
)
def test_an_unknown_ticker_is_refused_with_what_to_do(ticker: str, sentence: str) -> None:
    assert refusal_of(rule(), ticker=ticker) == sentence


# --- size


def test_a_size_may_differ_per_position_mode() -> None:
    sizes = {PositionMode.HEDGE: parse_size("25%"), PositionMode.ONE_WAY: compile_value("{{ contracts }}")}
    one = rule(accounts=("main", "second"), sizes=sizes)
    intents = map_alert(book(one), alert({**FIELDS, "contracts": "0.64"})).intents
    assert [(intent.account, str(intent.size)) for intent in intents] == [("main", "25%"), ("second", "0.64")]


@pytest.mark.parametrize(
    ("contracts", "reason"),
    [
        ("half", "'half' is not a size: write all, a number such as 0.25, or a percentage such as 25%"),
        ("0", "'0' reverses nothing: a size must be above zero"),
        ("-1", "'-1' is not a size: write all, a number such as 0.25, or a percentage such as 25%"),
        ("101%", "'101%' is more than the position: a percentage goes up to 100%"),
    ],
)
def test_a_size_that_is_none_is_refused(contracts: str, reason: str) -> None:
    one = rule(sizes=dict.fromkeys(EVERY_MODE, compile_value("{{ contracts }}")))
    assert refusal_of(one, contracts=contracts) == f"rule eth-trend, size: {reason}"


# --- time


@pytest.mark.parametrize(
    ("said", "signal_time"),
    [
        ("2026-11-20T09:00:01Z", datetime(2026, 11, 20, 9, 0, 1, tzinfo=UTC)),
        ("2026-11-20T10:00:01+01:00", datetime(2026, 11, 20, 9, 0, 1, tzinfo=UTC)),
        ("2026-11-20 09:00:01.5Z", datetime(2026, 11, 20, 9, 0, 1, 500_000, tzinfo=UTC)),
        (Decimal(1795165201), datetime(2026, 11, 20, 9, 0, 1, tzinfo=UTC)),
        ("1795165201", datetime(2026, 11, 20, 9, 0, 1, tzinfo=UTC)),
        ("1795165201.25", datetime(2026, 11, 20, 9, 0, 1, 250_000, tzinfo=UTC)),
        ("1795165201123", datetime(2026, 11, 20, 9, 0, 1, 123_000, tzinfo=UTC)),
        ("2026-11-20T09:01:05Z", NOW + timedelta(seconds=60)),  # as early as a clock may be wrong
        ("2020-01-01T00:00:00Z", datetime(2020, 1, 1, tzinfo=UTC)),  # too old to run, but not refused
    ],
)
def test_an_alerts_age_counts_from_when_it_was_sent(said: Any, signal_time: datetime) -> None:
    intent = intent_of(rule(time="{{ time }}"), time=said)
    assert intent.signal_time == signal_time
    assert intent.expires_at == signal_time + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("2026-11-20T09:00:01Z", timedelta(seconds=1)),
        ("2026-11-20T10:00:01+01:00", timedelta(seconds=1)),
        ("2026-11-20T09:00:00.000Z", timedelta(milliseconds=1)),
        ("2026-11-20 09:00:00,5-00:00", timedelta(milliseconds=100)),
        ("2026-11-20T09:00:00.123456+00:00:30", timedelta(microseconds=1)),
        ("2026-11-20T09:00Z", timedelta(minutes=1)),
        ("2026-11-20T09+01:30", timedelta(hours=1)),
        ("20261120T090001Z", timedelta(seconds=1)),
        ("2026-W47-5T09:00Z", timedelta(minutes=1)),
        ("1795165200", timedelta(seconds=1)),
        ("1795165200.25", timedelta(milliseconds=10)),
        ("1795165200123", timedelta(milliseconds=1)),
        ("1795165200123.4567", timedelta(microseconds=1)),
        ("1.7951652e9", timedelta(seconds=1)),
    ],
)
def test_how_finely_a_signals_time_is_given_is_kept(said: str, step: timedelta) -> None:
    assert intent_of(rule(time="{{ time }}"), time=said).signal_step == step


@pytest.mark.parametrize(
    "said", ["soon", "2026-11-20T09:00:01", "2026-11-20", "60", "-1", "1e20", "17951652011234567", "9" * 200]
)
def test_what_is_no_time_is_refused(said: str) -> None:
    assert refusal_of(rule(time="{{ time }}"), time=said).endswith(
        " is not a time; it must be ISO 8601 with a time zone, such as 2026-11-20T09:00:01Z, "
        "or seconds or milliseconds since 1970"
    )


def test_a_time_in_the_future_is_refused() -> None:
    assert refusal_of(rule(time="{{ time }}"), time="2026-11-20T09:01:05.001Z") == (
        "rule eth-trend, time: '2026-11-20T09:01:05.001Z' is 60 s in the future: either it is not the time of sending, "
        "or a clock is wrong (ours or the sender's)"
    )


# --- which rules


def mapped_rules(them: RuleBook, **fields: Any) -> list[tuple[str, str]]:
    mapped = map_alert(them, alert({**FIELDS, **fields}))
    return [(intent.rule, intent.account) for intent in mapped.intents]


def test_the_first_matching_rule_decides() -> None:
    rules = book(rule("a", {"strategy": "other"}), rule("b", {"strategy": "trend"}), rule("c"))
    assert mapped_rules(rules) == [("b", "main")]


def test_continue_lets_later_rules_match_as_well() -> None:
    rules = book(
        rule("a", {"strategy": "trend"}, go_on=True),
        rule("b", {"strategy": "other"}),
        rule("c", accounts=("second",)),
        rule("d", accounts=("second",)),
    )
    assert mapped_rules(rules) == [("a", "main"), ("c", "second")]


def test_each_account_of_a_rule_gets_an_intent() -> None:
    assert mapped_rules(book(rule(accounts=("main", "second")))) == [("eth-trend", "main"), ("eth-trend", "second")]


def test_two_intents_for_one_lane_are_refused() -> None:
    with pytest.raises(ValueRefused) as caught:
        map_alert(book(rule("a", go_on=True), rule("b")), alert())
    assert str(caught.value) == (
        "rule b, accounts: rule a has already decided for main/ETHUSDT; one alert can ask one thing of a lane"
    )


def test_a_refused_value_of_a_later_rule_refuses_the_whole_alert() -> None:
    with pytest.raises(ValueRefused, match="rule b, symbol"):
        map_alert(book(rule("a", go_on=True), rule("b", symbol="XRPUSDT", accounts=("second",))), alert())


def test_no_rule_matches_names_the_nearest_and_its_first_miss() -> None:
    rules = book(
        rule("btc", {"ticker": "BTCUSDT.P", "strategy": "trend"}),
        rule("eth", {"sender": "tradingview", "strategy": "trend", "market_position": ["long", "flat"]}),
        rule("all-senders", {"sender": "other"}),
    )
    with pytest.raises(NoRuleMatches) as caught:
        map_alert(rules, alert())
    assert str(caught.value) == (
        "no rule matches; the nearest is rule eth: market_position is 'short', expected one of long, flat"
    )
    assert (caught.value.rule, caught.value.status) == ("eth", 422)


def test_a_book_without_rules_says_so() -> None:
    with pytest.raises(NoRuleMatches, match="there are no rules"):
        map_alert(book(), alert())


# --- what makes an alert unique


def test_without_an_id_the_body_makes_an_alert_unique() -> None:
    mapped = map_alert(book(rule()), alert(digest="abc"))
    assert mapped.keys == {"tradingview:rule:eth-trend:body:abc": WINDOW}
    assert mapped.rule_of == {"tradingview:rule:eth-trend:body:abc": "eth-trend"}


def test_an_id_makes_an_alert_unique_per_sender_and_rule() -> None:
    one = book(rule(id="{{ strategy }} {{ market_position }}"))
    assert map_alert(one, alert(sender="other")).keys == {"other:rule:eth-trend:id:trend short": WINDOW}


def test_each_matching_rule_has_its_key() -> None:
    rules = book(rule("a", go_on=True, id="{{ strategy }}"), rule("b", accounts=("second",)))
    mapped = map_alert(rules, alert(digest="abc"))
    assert mapped.rule_of == {"tradingview:rule:a:id:trend": "a", "tradingview:rule:b:body:abc": "b"}
    assert mapped.keys == dict.fromkeys(mapped.rule_of, WINDOW)


def test_a_signed_message_is_known_by_its_id_for_ever_and_by_the_rules_id_as_well() -> None:
    signed = replace(alert(), message_id="msg_1")
    assert map_alert(book(rule()), signed).keys == {"tradingview:message:msg_1": FOREVER}
    both = map_alert(book(rule(id="{{ strategy }}")), signed)
    assert both.keys == {"tradingview:message:msg_1": FOREVER, "tradingview:rule:eth-trend:id:trend": WINDOW}
    assert list(both.rule_of.values()) == ["eth-trend"], "the message is the whole alert's"


@pytest.mark.parametrize("said", ["x" * 201, "a\0b", "a\nb"])
def test_an_id_that_cannot_be_kept_is_refused(said: str) -> None:
    refusal = refusal_of(rule(id="{{ order }}"), order=said)
    assert refusal.endswith(" is not an id; it may have up to 200 printable characters")


def test_an_id_that_is_empty_is_refused() -> None:
    assert refusal_of(rule(id="{{ order }}"), order=" ") == "rule eth-trend, id: '{{ order }}' came out empty"
