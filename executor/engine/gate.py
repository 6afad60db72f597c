"""Holds a request back at the last moment, until the ledger has it.

Meanwhile a lane's thread does what comes before that: finding a connection, writing the headers.
"""

import threading

from executor.bitget.departing import Departing

MOST_SECONDS_HELD = 2.0  # what it was decided from grows old
LOOK_SECONDS = 0.1  # for an answer, before asking what has become of the gate


class Gate:
    """Shut until it is opened or barred, once, by one thread; a request comes to it in another one.

    The thread that opens it sends the request that waits there, and need not wake its thread: the exchange's answer
    does. To wake it first took longer than to send, and it then kept the opener from answering the alert.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Departing | None = None
        self._is_open = False
        self._done = threading.Lock()
        self._done.acquire()
        self._failure: Exception | None = None

    def open(self) -> None:
        with self._lock:
            self._is_open = True
        try:
            if self._waiting:
                self._waiting.send()
        except Exception as error:  # noqa: BLE001 - raised again in the thread whose request it is
            self._failure = error
        finally:
            self._done.release()

    def bar(self) -> None:
        self._done.release()

    def let_go(self, departing: Departing) -> bool:
        """Block until the request has been sent, here or by the thread that opens; False if it has not and will not be,
        for the gate was barred, or shut for too long. Raises what sending raises.
        """
        with self._lock:
            if not self._is_open:
                self._waiting = departing
        if not self._waiting:
            departing.send()
            return True
        departing.wait_for_answer(LOOK_SECONDS)
        return self._is_let_go()

    def _is_let_go(self) -> bool:
        if not self._done.acquire(timeout=MOST_SECONDS_HELD):
            with self._lock:
                if not self._is_open:
                    self._waiting = None
                    return False
            self._done.acquire()  # it is being sent just now
        if self._failure:
            raise self._failure
        return self._is_open
