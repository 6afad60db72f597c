"""Reads of the exchange: an answer, or one of two errors that say whether another try can help."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from executor.bitget.client import Client
from executor.bitget.codes import Meaning, sentence
from executor.bitget.endpoints import ENDPOINTS, Read
from executor.bitget.envelope import Envelope
from executor.bitget.errors import MaybeSent, NeverSent, TooManyRequests
from executor.bitget.parsing import Unclear
from executor.bitget.rate_limits import ReadBudget
from executor.errors import ReadError

T = TypeVar("T")
URGENT_PAUSE = timedelta(seconds=1)  # of an order's own read after a 429 without Retry-After
DEFINITE = {
    Meaning.CREDENTIALS,
    Meaning.RESTRICTED,
    Meaning.UNIFIED,
    Meaning.WRONG_ENVIRONMENT,
    Meaning.SYMBOL,
}


class ReadFailed(ReadError):
    """No usable answer: the value is unknown, never flat or zero. It may be asked again.

    `retry_after` is set where it was asked too often: an earlier try is useless.
    """

    def __init__(self, what: str, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(f"could not read {what}: {why}")
        self.retry_after = retry_after


class NotFound(ReadFailed):
    """The exchange knows no such order, or not yet."""


class ReadRefused(ReadError):
    """A definite no. Asking again changes nothing; the text says what to change."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"reading {what} was refused: {why}")


class ReadClient:
    """Thread-safe. Never waits: a read that would exceed the budget fails at once, and says when there is room."""

    def __init__(self, client: Client, budget: ReadBudget) -> None:
        self._client, self._budget = client, budget

    def ask(
        self,
        read: Read,
        what: str,
        parameters: Mapping[str, str],
        parse: Callable[[object], T],
        *,
        urgent: bool = False,
    ) -> T:
        """What `parse` makes of the answer's data. Raises ReadFailed, NotFound or ReadRefused, which name `what`.

        `urgent` is a read that an order waits for.
        """
        envelope = self._answer(read, what, parameters, urgent)
        if envelope.meaning is Meaning.CLOCK:
            self._answer(Read.TIME, "the exchange's time", {}, urgent)
            envelope = self._answer(read, what, parameters, urgent)
        if envelope.meaning is not Meaning.ACCEPTED:
            raise _refusal(what, envelope)
        try:
            return parse(envelope.data)
        except Unclear as error:
            raise ReadFailed(what, self._client.redact(str(error))) from None

    def _answer(self, read: Read, what: str, parameters: Mapping[str, str], urgent: bool) -> Envelope:
        if pause := self._budget.take(read, urgent=urgent):
            raise ReadFailed(what, self._too_often(read), pause)
        asked_at = time.monotonic()
        try:
            envelope = self._client.ask(read, parameters)
        except TooManyRequests as error:
            raise self._refused(what, str(error), asked_at, error.retry_after, urgent) from error
        except (NeverSent, MaybeSent) as error:
            raise ReadFailed(what, str(error)) from error
        if envelope.too_many_requests:
            why = sentence(envelope.code, envelope.message)
            raise self._refused(what, why, asked_at, envelope.retry_after, urgent)
        self._budget.answered(asked_at)
        return envelope

    def _refused(self, what: str, why: str, asked_at: float, retry_after: timedelta | None, urgent: bool) -> ReadFailed:
        pause = self._budget.refused(asked_at, retry_after)
        return ReadFailed(what, why, (retry_after or URGENT_PAUSE) if urgent else pause)

    def _too_often(self, read: Read) -> str:
        """Why it may not leave now."""
        if pause := self._budget.paused():
            return f"the exchange said 429, and reads pause for {pause.total_seconds():.1f} s"
        return f"asked too often: Bitget allows {ENDPOINTS[read].per_second:g} a second, to all processes together"


def _refusal(what: str, envelope: Envelope) -> ReadError:
    why = sentence(envelope.code, envelope.message)
    if envelope.meaning in DEFINITE:
        return ReadRefused(what, why)
    return (NotFound if envelope.meaning is Meaning.NOT_FOUND else ReadFailed)(what, why)
