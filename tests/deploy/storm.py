"""python -m tests.deploy.storm PORT AUTHORITY ADDRESSES: strangers with costly bodies on 200 connections, until ended.

They come from ADDRESSES addresses of this machine. A line tells once all are connected; the last one, how often each
status was answered. After a 503 a connection pauses: 200 of them still offer 160 MB a second, and what is measured is
not how quickly this machine makes TLS records.
"""

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress

from tests.core.test_alert_limits import HOSTILE, SIZE
from tests.deploy.deployed import Deployed

CONNECTIONS = 200
PAUSE_SECONDS = 0.2
NAMES = (
    "many placeholders",
    "brackets side by side",
    "an odd escape behind many",
    "almost sentences",
    "a long key twice",
)
answers: Counter[str] = Counter()


def request(name: str) -> bytes:
    body = HOSTILE[name].encode()[:SIZE]
    return b"POST /hook/here HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def read_answer(connection: socket.socket) -> str:
    """The status of one answer, or nothing if the peer has hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return ""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].partition(b":")[2]) - len(body) if lengths else 0
    while missing > 0 and (piece := connection.recv(missing)):
        missing -= len(piece)
    return head[9:12].decode()


def attack(port: int, context: ssl.SSLContext, address: str, sent: bytes, together: threading.Barrier) -> None:
    """On one connection at a time, without an end."""
    first = True
    while True:
        with suppress(OSError):
            plain = socket.create_connection(("127.0.0.1", port), 20, (address, 0))
            with context.wrap_socket(plain, server_hostname="localhost") as connection:
                if first:
                    first = False
                    together.wait()
                status = "sent"
                while status:
                    connection.sendall(sent)
                    status = read_answer(connection)
                    answers[status] += 1
                    if status == "503":
                        time.sleep(PAUSE_SECONDS)


class Open(Deployed):
    """Its sender `here` may send from anywhere, so that no address decides."""

    def text(self):
        return super().text().replace(", networks: [127.0.0.1]", "")


@contextmanager
def storm(url: str, authority: str, addresses: int):
    """While it is open, they attack. Gives a list that holds, once it is closed, how often each status was answered."""
    command = [sys.executable, "-m", "tests.deploy.storm", url.rsplit(":", 1)[1], authority, str(addresses)]
    told: list[dict[str, int]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"connected\n"
            yield told
        finally:
            process.terminate()
            told.append(json.loads(process.communicate(timeout=30)[0]))


def waits(send, number: int, pause_seconds: float) -> tuple[list[float], set[int]]:
    """How long this number of alerts waited for their answers, in seconds, and the statuses of these."""
    seconds, statuses = [], set()
    for _ in range(number):
        asked = time.monotonic()
        statuses.add(send().status_code)
        seconds.append(time.monotonic() - asked)
        time.sleep(max(0.0, pause_seconds - seconds[-1]))
    return sorted(seconds), statuses


def main(port: int, authority: str, addresses: int) -> None:
    context = ssl.create_default_context(cafile=authority)
    together = threading.Barrier(CONNECTIONS + 1)
    for number in range(CONNECTIONS):
        address = f"127.0.1.{1 + number % addresses}"
        sent = request(NAMES[number % len(NAMES)])
        threading.Thread(target=attack, args=(port, context, address, sent, together), daemon=True).start()
    together.wait()
    print("connected", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
