"""Connections to peers, without waiting for any of them."""

import contextlib
import socket


def received(sock: socket.socket) -> bytes | None:
    """What has come: nothing if the peer has ended, None if it has not said anything."""
    try:
        return sock.recv(16 * 1024)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def waits_to_be_heard(sock: socket.socket) -> bool:
    """Whether something has come that has not been read yet."""
    try:
        return bool(sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except OSError:
        return False


def send(sock: socket.socket, data: bytes) -> None:
    """As much as the connection takes at once, which for so little is all; a peer that is gone is heard of later."""
    with contextlib.suppress(OSError):
        sock.send(data)
