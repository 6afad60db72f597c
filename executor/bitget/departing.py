"""A request on the point of leaving, and the two ways in which it can fail to come back as an answer."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from socket import socket

from urllib3.util.wait import wait_for_read

from executor.errors import ExecutorError


class NeverSent(ExecutorError):
    """No byte of the request can have left."""


class MaybeSent(ExecutorError):
    """The request may have arrived, and no whole answer to it came back."""


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
