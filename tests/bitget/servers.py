"""Tiny real servers: what each connection does is a function of its socket."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import trustme

REQUEST_TIME = 1_800_000_000_000


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


def receive(connection: socket.socket) -> Received | None:
    """One whole request, or None if the client has hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, target, _ = first.split(" ")
    return Received(method, target, headers, body)


def http(body: bytes, status: int = 200, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def envelope(
    code: str = "00000", message: str = "success", data: Any = None, request_time: int = REQUEST_TIME
) -> bytes:
    return json.dumps({"code": code, "msg": message, "requestTime": request_time, "data": data}).encode()


def reset(connection: socket.socket) -> None:
    """Close so that the peer gets RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass
class Server:
    """Accepts on loopback and gives each connection to `serve` in a thread of its own; over TLS if there is an
    authority, which certifies 127.0.0.1, or a `context` with another certificate.
    """

    serve: Callable[[socket.socket], None]
    authority: trustme.CA | None = None
    context: ssl.SSLContext | None = None
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    connections: list[socket.socket] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        scheme = "https" if self.authority or self.context else "http"
        return f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self.listener.close()
        for connection in self.connections:
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            self.threads.append(threading.Thread(target=self._run, args=(connection,)))
            self.threads[-1].start()

    def _run(self, connection: socket.socket) -> None:
        context = self.context
        if self.authority and not context:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.authority.issue_cert("127.0.0.1").configure_cert(context)
        if context:
            try:
                secure = context.wrap_socket(connection, server_side=True)
            except OSError:
                return  # the client does not trust it
            self.connections[self.connections.index(connection)] = secure
            connection = secure
        with connection:
            try:
                self.serve(connection)
            except OSError:
                return  # the client has hung up, or the test is over


class Exchange(Server):
    """Answers every request with what `answers` says for its path: bytes of a whole HTTP answer, or a list of them."""

    def __init__(
        self,
        answers: Mapping[str, bytes | list[bytes]],
        authority: trustme.CA | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(self._serve, authority, context)
        self.answers = answers
        self.received: list[Received] = []
        self._lock = threading.Lock()

    def _serve(self, connection: socket.socket) -> None:
        while request := receive(connection):
            with self._lock:
                self.received.append(request)
                answer = self.answers[request.path.rsplit("/", 1)[1]]
                if isinstance(answer, list):
                    answer = answer.pop(0) if len(answer) > 1 else answer[0]
            connection.sendall(answer)
