"""Remembers which secret proved an alert, and writes that to the ledger once a minute: no alert waits for it."""

import hashlib
import threading
from datetime import datetime

from executor.core.sender import Way
from executor.ledger import Ledger, SecretUse

# 16 bits tell a sender's few secrets apart. Each guess at them costs 50 ms and as much memory, and 1 in 65,536 wrong
# ones fits: a reader of the ledger does not learn enough to send an alert.
_MARK_BYTES = 2
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}  # RFC 7914's N, r, p: 16 MiB


def mark(sender: str, secret: str) -> str:
    """By what the ledger knows a sender's secret: 4 hexadecimal digits, the same in every process. Takes 50 ms."""
    salt = f"secret of {sender}".encode()
    return hashlib.scrypt(secret.encode(errors="surrogatepass"), salt=salt, dklen=_MARK_BYTES, **_SCRYPT).hex()


class SecretUses:
    """Thread-safe."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._latest: dict[tuple[str, str, Way], datetime] = {}  # by sender, secret and way
        self._written = self._latest.copy()
        self._marks: dict[tuple[str, str], str] = {}

    def note(self, sender: str, secret: str, way: Way, now: datetime) -> None:
        with self._lock:
            self._latest[sender, secret, way] = now

    def write(self) -> None:
        """Write what is new to the ledger. Raises LedgerUnavailable; then the next call writes it."""
        with self._lock:
            latest = self._latest.copy()
        fresh = latest.items() - self._written.items()
        if fresh:
            uses = [SecretUse(sender, self._mark(sender, secret), way, at) for (sender, secret, way), at in fresh]
            self._ledger.secret_uses.record(uses)
            self._written = latest

    def _mark(self, sender: str, secret: str) -> str:
        if (sender, secret) not in self._marks:
            self._marks[sender, secret] = mark(sender, secret)
        return self._marks[sender, secret]
