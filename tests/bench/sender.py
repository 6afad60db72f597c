"""Sends alerts, each on a connection of its own, and notes when each was acknowledged.

Open loop: every alert has its moment beforehand, whatever the receiver does, and latencies count from that moment, so
that a receiver that stalls cannot hide it.
"""

import gc
import select
import socket
import time
from collections import deque
from dataclasses import dataclass

GIVE_UP_SECONDS = 30
LEAD_NS = 20_000_000


@dataclass(slots=True)
class Alert:
    """One alert. Moments are `time.monotonic_ns()`; `acked` is that of the answer's last byte."""

    lane: tuple[str, str]  # account, symbol
    body: bytes
    due: int = 0
    acked: int = 0
    answer: bytes = b""

    @property
    def taken(self):
        return self.answer[9:12] in (b"200", b"202")


def send_at_rate(connect, alerts, rate):
    """Open loop, at `rate` alerts a second."""
    gap = int(1e9 / rate)
    _schedule(alerts, gap)
    _run(connect, alerts, len(alerts))


def send_at_once(connect, alerts):
    """Open loop, all due at one moment."""
    _schedule(alerts, 0)
    _run(connect, alerts, len(alerts))


def send_in_turn(connect, alerts, senders):
    """Closed loop: each sender waits for its answer before it sends its next. An alert is due when it leaves."""
    _run(connect, alerts, senders)


def _schedule(alerts, gap):
    start = time.monotonic_ns() + LEAD_NS
    for number, alert in enumerate(alerts):
        alert.due = start + number * gap


def _run(connect, alerts, most_under_way):
    gc.collect()
    gc.disable()
    try:
        _Sending(connect, alerts, most_under_way).run()
    finally:
        gc.enable()


class _Sending:
    """One thread, one epoll. Connecting and sending block, which on loopback takes microseconds (with TLS, some ms)."""

    def __init__(self, connect, alerts, most_under_way):
        self.connect, self.waiting, self.most_under_way = connect, deque(alerts), most_under_way
        self.under_way = {}
        self.poll = select.epoll()

    def run(self):
        give_up = (self.waiting[-1].due or time.monotonic_ns()) + GIVE_UP_SECONDS * 1_000_000_000
        while (self.waiting or self.under_way) and time.monotonic_ns() < give_up:
            pause = self._pause()
            if not pause:
                self._start(self.waiting.popleft())
            self._read(pause)
        for connection, _ in self.under_way.values():
            connection.close()
        self.poll.close()

    def _pause(self):
        """Seconds until the next alert may leave."""
        if not self.waiting or len(self.under_way) >= self.most_under_way:
            return 1.0
        return min(1.0, max(0.0, (self.waiting[0].due - time.monotonic_ns()) / 1e9))

    def _start(self, alert):
        alert.due = alert.due or time.monotonic_ns()
        connection = self.connect()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(_request(alert.body))
        self.under_way[connection.fileno()] = connection, alert
        self.poll.register(connection, select.EPOLLIN)

    def _read(self, seconds):
        select.select([self.poll], [], [], seconds)  # epoll itself only waits whole milliseconds
        for number, _ in self.poll.poll(0):
            connection, alert = self.under_way[number]
            if data := _received(connection):
                alert.answer += data
                alert.acked = time.monotonic_ns()
            else:
                del self.under_way[number]
                connection.close()


def _received(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""  # reset: whatever was answered before counts


def _request(body):
    return (
        b"POST /hook/bench HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nConnection: close\r\n"
        b"Content-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
