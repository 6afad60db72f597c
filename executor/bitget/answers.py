"""What became of one request. Values, not exceptions: no answer is a value too, and never means failure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from executor.bitget.codes import CODES, Meaning, sentence
from executor.bitget.envelope import Envelope
from executor.bitget.parsing import word
from executor.core.reversal import Operation

RETRY_LATER = timedelta(seconds=1)
AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The exchange took the order and will carry it out; it is not filled yet. `order_id` may be empty."""

    order_id: str
    note: str = ""  # what the exchange said of a part that failed


@dataclass(frozen=True, slots=True)
class Rejected:
    """The exchange refused the order and did nothing; another try changes nothing."""

    code: str
    message: str
    meaning: Meaning

    def __str__(self) -> str:
        return sentence(self.code, self.message)


class Why(StrEnum):
    """Why nothing was done."""

    LATER = "later"  # the exchange takes no order just now
    CLOCK = "clock"  # synchronise, sign again
    NEVER_SENT = "never_sent"


@dataclass(frozen=True, slots=True)
class NotDone:
    """Certainly not carried out. It may be decided and sent anew after `retry_after`."""

    reason: str
    kind: Why
    retry_after: timedelta = RETRY_LATER


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may have been carried out. Only evidence can tell; never send it again before that.

    `answered` says that an answer came: then the exchange has checked the request's age, and may carry it out later
    than its signature lives.
    """

    reason: str
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Not carried out, because an earlier order holds this clientOid: look that one up."""

    code: str
    message: str

    def __str__(self) -> str:
        return sentence(self.code, self.message)


Answer = Accepted | Rejected | NotDone | InDoubt | Duplicate


def worded(answer: Answer, change: Callable[[str], str]) -> Answer:
    """The same answer with its text changed."""
    match answer:
        case Accepted():
            return replace(answer, note=change(answer.note))
        case Rejected() | Duplicate():
            return replace(answer, message=change(answer.message))
        case _:
            return replace(answer, reason=change(answer.reason))


def judge(operation: Operation, client_order_id: str, envelope: Envelope) -> Answer:
    """What the exchange's answer to an order means."""
    if envelope.status >= 500:
        return InDoubt(f"HTTP {envelope.status} with {envelope.code} {envelope.message!r}: it may have been passed on")
    if envelope.meaning is not Meaning.ACCEPTED:
        return _refusal(envelope.code, envelope.message, envelope.meaning, envelope.retry_after)
    data = envelope.data if isinstance(envelope.data, Mapping) else {}
    if operation is Operation.CLOSE:
        return _closed(data)
    echoed = data.get("clientOid")
    if echoed and echoed != client_order_id:
        return InDoubt(f"the answer names another clientOid, {str(echoed)[:40]!r}: it belongs to another request")
    return Accepted(word(data, "orderId"))


def _refusal(code: str, message: str, meaning: Meaning | None, retry_after: timedelta | None = None) -> Answer:
    """An unknown code is in doubt at every status, and so is "not found", which does not answer an order."""
    match meaning:
        case None | Meaning.ACCEPTED | Meaning.IN_DOUBT | Meaning.NOT_FOUND:
            return InDoubt(sentence(code, message))
        case Meaning.LATER:
            return NotDone(sentence(code, message), Why.LATER, retry_after or RETRY_LATER)
        case Meaning.CLOCK:
            return NotDone(sentence(code, message), Why.CLOCK, AT_ONCE)
        case Meaning.DUPLICATE:
            return Duplicate(code, message)
        case _:
            return Rejected(code, message, meaning)


def _closed(data: Mapping[str, object]) -> Answer:
    """close-positions answers 00000 with a verdict per leg.

    Source: Bitget, POST /api/v2/mix/order/close-positions (successList, failureList with errorCode and errorMsg).
    """
    done, failed = _rows(data, "successList"), _rows(data, "failureList")
    refusals = [_failure(row) for row in failed]
    if done:
        return Accepted(word(done[0], "orderId"), "; ".join(map(_words, refusals)))
    if not refusals:
        return InDoubt("Bitget accepted the close, but lists neither a success nor a failure")
    # The worst answer counts: one leg in doubt leaves the whole order in doubt.
    return next((answer for answer in refusals if isinstance(answer, InDoubt)), refusals[0])


def _failure(row: Mapping[str, object]) -> Answer:
    code = word(row, "errorCode")
    return _refusal(code, word(row, "errorMsg"), CODES.get(code))


def _words(answer: Answer) -> str:
    return answer.reason if isinstance(answer, NotDone | InDoubt) else str(answer)


def _rows(data: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    rows = data.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
