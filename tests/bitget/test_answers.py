"""What each answer to an order means, without a network."""

from datetime import timedelta
from typing import Any

import pytest

from executor.bitget.answers import Accepted, Answer, Duplicate, InDoubt, NotDone, Rejected, Why, judge
from executor.bitget.codes import CODES, Meaning
from executor.bitget.envelope import Envelope, unwrap
from executor.bitget.errors import MaybeSent
from executor.bitget.transport import Reply
from executor.core.reversal import Operation

STATUSES = [200, 400, 403, 429]


def answer(code: str, status: int = 200, data: Any = None, operation: Operation = Operation.REVERSE) -> Answer:
    return judge(operation, "x1-1", Envelope(status, code, "the message", data))


KINDS: dict[Meaning, type] = {
    Meaning.ACCEPTED: Accepted,
    Meaning.IN_DOUBT: InDoubt,
    Meaning.NOT_FOUND: InDoubt,
    Meaning.LATER: NotDone,
    Meaning.CLOCK: NotDone,
    Meaning.DUPLICATE: Duplicate,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("code", "meaning"), CODES.items())
def test_the_code_decides_at_every_status(code: str, meaning: Meaning, status: int) -> None:
    assert type(answer(code, status)) is KINDS.get(meaning, Rejected)


@pytest.mark.parametrize("code", [*CODES, "12345", ""])
def test_a_5xx_is_in_doubt_whatever_its_code(code: str) -> None:
    assert isinstance(answer(code, 500, {"orderId": "1"}), InDoubt)
    assert isinstance(answer(code, 503), InDoubt)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("code", ["12345", "0", "", "40774 "])
def test_an_unknown_code_is_in_doubt(code: str, status: int) -> None:
    assert isinstance(answer(code, status), InDoubt)


def test_a_refusal_keeps_the_exchanges_words_and_its_meaning() -> None:
    refused = answer("40774", 400)
    assert refused == Rejected("40774", "the message", Meaning.MODE)
    assert "the message" in str(refused)
    assert "position_mode" in str(refused)


def test_a_duplicate_tells_what_to_do() -> None:
    assert "look it up" in str(answer("40786"))


def test_when_to_try_again() -> None:
    clock, busy = answer("40008"), answer("429", 429)
    told = judge(Operation.REVERSE, "x1-1", Envelope(429, "429", "", None, retry_after=timedelta(seconds=7)))
    assert isinstance(clock, NotDone)
    assert (clock.kind, clock.retry_after) == (Why.CLOCK, timedelta(0))
    assert isinstance(busy, NotDone)
    assert (busy.kind, busy.retry_after) == (Why.LATER, timedelta(seconds=1))
    assert isinstance(told, NotDone)
    assert told.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"orderId": "7", "clientOid": "x1-1"}, Accepted("7")),
        ({"orderId": "7", "clientOid": ""}, Accepted("7")),
        ({"orderId": "7", "clientOid": None}, Accepted("7")),
        ({"orderId": None}, Accepted("")),
        (None, Accepted("")),
        ([], Accepted("")),
    ],
)
def test_accepted_is_accepted_with_whatever_id_it_names(data: Any, expected: Answer) -> None:
    assert answer("00000", data=data) == expected


def test_the_answer_to_another_request_is_no_answer() -> None:
    assert isinstance(answer("00000", data={"orderId": "7", "clientOid": "x2-1"}), InDoubt)


def failure(code: str) -> dict[str, str]:
    return {"orderId": "", "clientOid": "", "errorCode": code, "errorMsg": "why"}


DONE = {"orderId": "8", "clientOid": ""}


@pytest.mark.parametrize(
    ("done", "failed", "expected"),
    [
        ([DONE], [], Accepted("8")),
        ([], [failure("22002")], Rejected("22002", "why", Meaning.NOTHING_TO_CLOSE)),
        (None, [failure("40786")], Duplicate("40786", "why")),
    ],
)
def test_a_close_is_what_its_lists_say(done: Any, failed: Any, expected: Answer) -> None:
    data = {"successList": done, "failureList": failed}
    assert answer("00000", data=data, operation=Operation.CLOSE) == expected


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"successList": [], "failureList": []}, InDoubt),
        ({"successList": None, "failureList": None}, InDoubt),
        (None, InDoubt),
        ({"successList": "yes", "failureList": ["no"]}, InDoubt),
        ({"successList": [], "failureList": [failure("45001")]}, InDoubt),
        ({"successList": [], "failureList": [failure("")]}, InDoubt),
        ({"successList": [], "failureList": [{}]}, InDoubt),
        ({"successList": [], "failureList": [failure("22002"), failure("45001")]}, InDoubt),
        ({"successList": [], "failureList": [failure("40200")]}, NotDone),
    ],
)
def test_a_close_without_a_success_is_as_bad_as_its_worst_failure(data: Any, kind: type) -> None:
    assert type(answer("00000", data=data, operation=Operation.CLOSE)) is kind


def test_a_close_of_one_leg_of_two_is_accepted_with_a_note() -> None:
    data = {"successList": [DONE], "failureList": [failure("40774")]}
    accepted = answer("00000", data=data, operation=Operation.CLOSE)
    assert isinstance(accepted, Accepted)
    assert "40774 'why'" in accepted.note


def reply(body: bytes, status: int = 200) -> Reply:
    return Reply(status, body, None, 0.0, 0.0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html>502</html>",
        b"null",
        b"[]",
        b'"00000"',
        b"{}",
        b'{"code": null}',
        b'{"code": true}',
        b'{"code": ["00000"]}',
        b'{"code": "00000"',
        b"\xff\xfe\xff",
        b"[" * 200_000,
        b'{"code": ' + b"1" * 10_000 + b"}",
    ],
)
@pytest.mark.parametrize("status", [200, 302, 400, 429, 502])
def test_anything_but_the_envelope_says_nothing_about_the_order(body: bytes, status: int) -> None:
    with pytest.raises(MaybeSent, match=str(status)):
        unwrap(reply(body, status))


@pytest.mark.parametrize(
    ("told", "request_time_ms"),
    [
        (b"1695806875837", 1695806875837),
        (b'"1680008815965"', 1680008815965),
        (b"null", 0),
        (b'"soon"', 0),
        (b"-5", 0),
        (b"1e12", 0),
        (b"99999999999999999999", 0),
    ],
)
def test_the_time_arrives_as_a_number_or_a_text(told: bytes, request_time_ms: int) -> None:
    assert unwrap(reply(b'{"code": "00000", "requestTime": %s}' % told)).request_time_ms == request_time_ms


def test_a_code_may_arrive_as_a_number() -> None:
    assert unwrap(reply(b'{"code": 429}')).meaning is Meaning.LATER
