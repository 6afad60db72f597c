"""python -m tests.bench.peers PORT NUMBER: so many clients that keep their side of a closed connection open.

As a proxy does that pools connections, or a client that has lost interest. None sends an alert.
"""

import socket
import sys
import threading
import time

HOLD_SECONDS = 3
REQUEST = b"GET /health/live HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"


def hold(port):
    """Until the process is ended."""
    while True:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(REQUEST)
            while connection.recv(65536):
                pass
            time.sleep(HOLD_SECONDS)


if __name__ == "__main__":
    port, number = map(int, sys.argv[1:])
    for _ in range(number):
        threading.Thread(target=hold, args=[port]).start()
        time.sleep(HOLD_SECONDS / number)
