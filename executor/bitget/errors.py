"""The two ways in which a request can fail to come back as an answer."""

from datetime import timedelta

from executor.errors import ExecutorError


class NeverSent(ExecutorError):
    """No byte of the request can have left."""


class MaybeSent(ExecutorError):
    """The request may have arrived, and no answer to it that can be read came back.

    `answered` says that an answer began to come: the request has arrived, so its age was checked, and it may run later.
    """

    def __init__(self, why: str, *, answered: bool = False) -> None:
        super().__init__(why)
        self.answered = answered


class TooManyRequests(MaybeSent):
    """HTTP 429 from what stands in front of the exchange: a read was not carried out, of an order nothing is known."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why, answered=True)
        self.retry_after = retry_after
