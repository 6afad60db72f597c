"""Credentials that an answer repeats show in no text."""

import json

import pytest

from executor.bitget.answers import Accepted, Duplicate, InDoubt, NotDone, Rejected, Why, worded
from executor.bitget.codes import Meaning
from executor.bitget.credentials import Redactor
from executor.bitget.signing import sign, signing_key

KEY, PASSPHRASE = "bg_0123456789abcdef", 'it\'s \\"my"/phrase'
hidden = Redactor(KEY, "the-api-secret", PASSPHRASE, "short")


@pytest.mark.parametrize("told", [str, repr, json.dumps, lambda text: repr(repr(text)), lambda text: f"key={text}&"])
@pytest.mark.parametrize("value", [KEY, "the-api-secret", PASSPHRASE])
def test_a_credential_is_hidden_however_it_is_escaped(told, value):
    assert value[:12] not in hidden(f"a {told(value)} b")


def test_a_signature_is_hidden():
    signature = sign(signing_key("secret"), "1", "GET", "/", "", b"")
    assert hidden(f"ACCESS-SIGN={signature}, ACCESS-TIMESTAMP=1") == "ACCESS-SIGN=<secret>, ACCESS-TIMESTAMP=1"


@pytest.mark.parametrize("text", ["short of margin", f"{KEY}2", "order 1234567890123456789 is busy: try later"])
def test_all_else_is_told_as_it_came(text):
    assert hidden(text) == text


@pytest.mark.parametrize(
    "answer",
    [
        Accepted("1", KEY),
        Rejected("40009", KEY, Meaning.CREDENTIALS),
        Duplicate("40786", KEY),
        NotDone(KEY, Why.LATER),
        InDoubt(KEY),
    ],
)
def test_the_words_of_every_answer_are_changed(answer):
    assert KEY not in repr(worded(answer, hidden))
    assert type(worded(answer, hidden)) is type(answer)
