"""121 real messages, as they arrive, become the positions they ask for through one config.yaml and nothing else."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from executor.config import Config, load
from executor.core import Target
from executor.core.alert import Alert, Undecodable
from executor.core.rules import NoRuleMatches, map_alert
from executor.core.sender import Presented, authenticate
from executor.core.values import ValueRefused
from executor.errors import AlertRefused

DATA = Path(__file__).parents[1] / "data"
SECRET = "8d1f0c2e5b7a49638d1f0c2e5b7a4963"
NOW = datetime(2026, 11, 20, 9, 0, 2, tzinfo=UTC)
MESSAGES = {message["id"]: message for message in json.loads((DATA / "alerts.json").read_text(encoding="utf-8"))}

# Messages that are neither JSON, pairs nor TradingView's default sentence, by the sender whose pattern reads them.
SENDERS = {
    "dashes": ["p033", "p034"],
    "alertatron": ["p038", "p039"],
    "autoview": ["p040", "p041", "p052"],
    "autoview-lines": ["p042", "p043"],
    "commas": ["p044", "p045", "p046", "p047"],
    "two-lines": ["p048", "p049"],
    "bars": ["p050"],
    "stubs": ["p051"],
    "prose": ["p056", "p057"],
    "words": ["p064", "p065", "p066", "p067", "p068", "p069", "p070"],
    "zones": ["p084"],
    "orders": ["p109"],
}
SENDER_OF = {message: sender for sender, messages in SENDERS.items() for message in messages}

# What does not simply become the target it states: (what it becomes, words of the refusal, why so).
OTHERWISE: dict[str, tuple[Target | type[AlertRefused], str, str]] = {
    # no trade is asked for
    "p010": (NoRuleMatches, "no rule matches", "it names no side"),
    "p106": (NoRuleMatches, "no rule matches", "a price notice"),
    "p107": (Undecodable, "is not key=value", "a price notice without fields"),
    "p108": (NoRuleMatches, "no rule matches", "a price notice"),
    "p110": (NoRuleMatches, "no rule matches", "values only"),
    "p111": (Undecodable, "is not key=value", "a price without fields"),
    "p120": (NoRuleMatches, "no rule matches", "a bot's status"),
    "p121": (NoRuleMatches, "no rule matches", "a bot's status"),
    # a part of the position: the rest stays, so flat would be wrong, and so would a reversal
    "p017": (NoRuleMatches, "no rule matches", "closes half"),
    "p069": (NoRuleMatches, "rule words-position: command is 'close', expected pos", "closes a third"),
    "p073": (NoRuleMatches, "REDUCE_ONLY is 'true', expected exists: false", "reduces a long"),
    "p113": (NoRuleMatches, "no rule matches", "a partial exit that calls itself CLOSE LONG"),
    # several orders in one message: one alert a rule, and `accounts` for the fan-out
    "p018": (Undecodable, "it is a JSON list", "two symbols in one list"),
    "p070": (Undecodable, "does not match the pattern", "two accounts on two lines"),
    # what it means cannot be read from it
    "p035": (NoRuleMatches, "no rule matches", "it says long and holds a short: neither is believed"),
    "p087": (NoRuleMatches, "no rule matches", "sell, to be short or to be flat? Position fields are needed"),
    "p054": (Target.LONG, "", "open says no side; the rule does"),
    # malformed, and how
    "p003": (Undecodable, "a comment; JSON has none", ""),
    "p005": (Undecodable, "NaN is not a number", ""),
    "p006": (Undecodable, "a value without quotes", ""),
    "p011": (Undecodable, "single quotes", ""),
    "p031": (ValueRefused, "TradingView did not replace the placeholder {{ticker}}", ""),
    "p032": (Undecodable, "a comment; JSON has none", ""),
    "p058": (Undecodable, "typographic quotes", ""),
    "p063": (NoRuleMatches, "price is '{{cl0se}}', expected more than 0", "a misspelled placeholder"),
    "p075": (Undecodable, "is not key=value", ""),
    "p098": (Undecodable, "a comment; JSON has none", ""),
    "p099": (Undecodable, "a trailing comma", ""),
    "p112": (Undecodable, "a line break or tab inside a string", ""),
    "p114": (Undecodable, "an unescaped quote inside a string", ""),
    "p116": (Undecodable, "a value is missing", ""),
    "p117": (Undecodable, "TradingView did not replace a {{placeholder}}", ""),
}


@pytest.fixture(scope="module")
def config() -> Config:
    return load(DATA / "real-alerts.yaml", {"ALERT_SECRET": SECRET})


def target_of(config: Config, message: str) -> Target:
    """What the server would make of the message: proven, decoded, mapped."""
    sender = config.senders[SENDER_OF.get(message, "tradingview")]
    body = MESSAGES[message]["body"].encode()
    fields = authenticate(sender, body, Presented(path_secret=sender.secrets[0]), NOW).fields
    (intent,) = map_alert(config.book, Alert.of(sender.name, fields, NOW, body)).intents
    return intent.target


@pytest.mark.parametrize("message", [message for message in MESSAGES if message not in OTHERWISE])
def test_a_real_message_becomes_the_target_it_states(config: Config, message: str) -> None:
    assert target_of(config, message).value == MESSAGES[message]["target"]


@pytest.mark.parametrize(
    "message", [message for message, (becomes, *_) in OTHERWISE.items() if isinstance(becomes, type)]
)
def test_a_real_message_that_asks_for_no_position_is_refused(config: Config, message: str) -> None:
    refusal, words, _ = OTHERWISE[message]
    assert not isinstance(refusal, Target)
    with pytest.raises(refusal) as caught:
        target_of(config, message)
    assert words in str(caught.value)


def test_a_side_that_the_message_leaves_open_can_be_set_by_its_rule(config: Config) -> None:
    assert target_of(config, "p054") is OTHERWISE["p054"][0]


def test_only_what_states_no_target_or_is_malformed_is_excepted() -> None:
    stated = {"long", "short", "flat"}
    exceptions = {id for id, message in MESSAGES.items() if message["malformed"] or message["target"] not in stated}
    assert exceptions == set(OTHERWISE)
