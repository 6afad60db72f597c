"""python -m tests.deploy.peers URL AUTHORITY: clients that are slow, silent or many, until the process is ended.

200 send a request's head byte by byte and 200 its body, from as many addresses of this machine; 8 keep their side of a
connection open that the server has closed; 1,000 connect and say nothing. A client that is cut off connects anew. One
line is printed when all are there.
"""

import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from functools import partial

DRIPPING, HOLDING, IDLE = 200, 8, 1000
DRIP_SECONDS, HOLD_SECONDS = 0.5, 3
HEAD = b"POST /hook/here HTTP/1.1\r\nHost: localhost\r\n"
HALF_A_HEAD = HEAD + b"Note: "
HALF_A_BODY = HEAD + b"Content-Length: 1000\r\n\r\n{"
WHOLE = HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"


class Clients:
    """They connect to the server at `port`; over TLS if there is an authority to trust."""

    def __init__(self, port: int, authority: str) -> None:
        self.port = port
        self.context = ssl.create_default_context(cafile=authority) if authority else None

    def plain(self, number: int) -> socket.socket:
        """From an address that belongs to this number."""
        address = f"127.0.{1 + number // 200}.{1 + number % 200}"
        return socket.create_connection(("127.0.0.1", self.port), 20, (address, 0))

    def connect(self, number: int) -> socket.socket:
        plain = self.plain(number)
        return self.context.wrap_socket(plain, server_hostname="localhost") if self.context else plain

    def begin(self, number: int, begin: bytes) -> socket.socket | None:
        """A connection on which these bytes are sent, or None if the server does not want it."""
        with suppress(OSError):
            connection = self.connect(number)
            connection.sendall(begin)
            connection.setblocking(False)
            return connection
        return None

    def drip(self, begin: bytes, together: threading.Barrier) -> None:
        """Without an end."""
        dripping = {number: self.begin(number, begin) for number in range(DRIPPING)}
        together.wait()
        while True:
            time.sleep(DRIP_SECONDS)
            for number, connection in dripping.items():
                if connection is None or not _drips(connection):
                    dripping[number] = self.begin(number, begin)

    def hold(self, number: int, together: threading.Barrier) -> None:
        """Without an end."""
        together.wait()
        while True:
            with suppress(OSError), self.connect(DRIPPING + number) as connection:
                connection.sendall(WHOLE)
                while connection.recv(65536):
                    pass
                time.sleep(HOLD_SECONDS)

    def idle(self, together: threading.Barrier) -> None:
        """Without an end."""
        idle = {number: self.plain(number) for number in range(IDLE)}
        together.wait()
        while True:
            time.sleep(DRIP_SECONDS)
            for number, connection in idle.items():
                if _is_closed(connection):
                    connection.close()
                    idle[number] = self.plain(number)


def _drips(connection: socket.socket) -> bool:
    """Whether one more byte was sent. Closes the connection if the server has answered or closed it."""
    try:
        connection.send(b"x")
        connection.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        pass
    connection.close()
    return False


def _is_closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextmanager
def peers(url: str, authority: str = ""):
    """While it is open, they are there."""
    command = [sys.executable, "-m", "tests.deploy.peers", url, authority]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"connected\n"
            yield
        finally:
            process.terminate()


def main(url: str, authority: str) -> None:
    clients = Clients(int(url.rsplit(":", 1)[1]), authority)
    together = threading.Barrier(HOLDING + 4)
    tasks: list[Callable[[threading.Barrier], None]] = [
        partial(clients.drip, HALF_A_HEAD),
        partial(clients.drip, HALF_A_BODY),
        clients.idle,
        *[partial(clients.hold, number) for number in range(HOLDING)],
    ]
    for act in tasks:
        threading.Thread(target=act, args=(together,), daemon=True).start()
    together.wait()
    print("connected", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
