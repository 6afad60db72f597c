"""Asking the exchange: an answer, or one of two mistakes that say whether asking again can help."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from executor.bitget.client import Client
from executor.bitget.codes import Meaning, sentence
from executor.bitget.departing import MaybeSent, NeverSent
from executor.bitget.endpoints import ENDPOINTS, Read
from executor.bitget.envelope import Envelope
from executor.bitget.fields import Unclear
from executor.bitget.limits import Limit
from executor.errors import ReadError

T = TypeVar("T")
LONGEST_WAIT_SECONDS = 2.0  # for a turn under the exchange's rate limit
DEFINITE = {
    Meaning.CREDENTIALS,
    Meaning.RESTRICTED,
    Meaning.UNIFIED,
    Meaning.WRONG_ENVIRONMENT,
    Meaning.SYMBOL,
}


class ReadFailed(ReadError):
    """No usable answer: what was asked is unknown, never flat or zero. It may be asked again."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"could not read {what}: {why}")


class NotFound(ReadFailed):
    """The exchange knows no such order, or not yet."""


class ReadRefused(ReadError):
    """A definite no. Asking again changes nothing; the text says what to change."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"reading {what} was refused: {why}")


class Reader:
    """Thread-safe. Waits for its turn under each endpoint's rate limit, but not for long."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._limits = {read: Limit(ENDPOINTS[read].per_second) for read in Read}

    def ask(self, read: Read, what: str, parameters: Mapping[str, str], parse: Callable[[object], T]) -> T:
        """`parse` of the answer's data. Raises ReadFailed, NotFound or ReadRefused; `what` names it for people."""
        envelope = self._answer(read, what, parameters)
        if envelope.meaning is Meaning.CLOCK:
            self._answer(Read.TIME, "the exchange's time", {})
            envelope = self._answer(read, what, parameters)
        if envelope.meaning is not Meaning.ACCEPTED:
            raise _refusal(what, envelope)
        try:
            return parse(envelope.data)
        except Unclear as error:
            raise ReadFailed(what, self._client.hidden(str(error))) from None

    def _answer(self, read: Read, what: str, parameters: Mapping[str, str]) -> Envelope:
        if not self._limits[read].wait(LONGEST_WAIT_SECONDS):
            raise ReadFailed(what, f"asked too often: Bitget allows {ENDPOINTS[read].per_second:g} a second")
        try:
            return self._client.ask(read, parameters)
        except (NeverSent, MaybeSent) as error:
            raise ReadFailed(what, str(error)) from error


def _refusal(what: str, envelope: Envelope) -> ReadError:
    why = sentence(envelope.code, envelope.message)
    if envelope.meaning in DEFINITE:
        return ReadRefused(what, why)
    return (NotFound if envelope.meaning is Meaning.NOT_FOUND else ReadFailed)(what, why)
