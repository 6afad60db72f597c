"""The two ways in which a request can end without an answer."""

from datetime import timedelta

from executor.errors import ExecutorError


class NeverSent(ExecutorError):
    """Certainly no byte of the request has left."""


class MaybeSent(ExecutorError):
    """The request may have arrived, and no readable answer came back.

    `answered` says that an answer began to come: the request has arrived, so its age was checked, and it may run later.
    """

    def __init__(self, why: str, *, answered: bool = False) -> None:
        super().__init__(why)
        self.answered = answered


class TooManyRequests(MaybeSent):
    """HTTP 429 from a proxy of the exchange: a read was not carried out; of an order, nothing is known."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why, answered=True)
        self.retry_after = retry_after
