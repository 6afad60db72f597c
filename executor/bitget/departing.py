"""A request on the point of leaving, and the two ways in which it can fail to come back as an answer."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from socket import socket

from urllib3.util.wait import wait_for_read

from executor.errors import ExecutorError


class NeverSent(ExecutorError):
    """No byte of the request can have left."""


class MaybeSent(ExecutorError):
    """The request may have arrived, and no answer to it that can be read came back.

    `answered` says that a whole answer came, which is not the exchange's.
    """

    def __init__(self, why: str, *, answered: bool = False) -> None:
        super().__init__(why)
        self.answered = answered


class TooManyRequests(MaybeSent):
    """HTTP 429 from what stands in front of the exchange: a read was not carried out, of an order nothing is known."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why, answered=True)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Departing:
    """A request of which only the bytes are left to be sent."""

    sock: socket
    content: bytes = field(repr=False)  # with the credentials in its headers

    def send(self) -> None:
        self.sock.sendall(self.content)

    def wait_for_answer(self, most_seconds: float) -> None:
        """Block until an answer begins to come, or the other side hangs up. Reads nothing."""
        wait_for_read(self.sock, most_seconds)


LetGo = Callable[[Departing], bool]


def at_once(departing: Departing) -> bool:
    departing.send()
    return True


current_let_go: ContextVar[LetGo] = ContextVar("current_let_go", default=at_once)  # of the request under way
