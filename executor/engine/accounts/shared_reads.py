"""An account's positions as one process of all reads them, by way of the ledger."""

import threading
import time

from executor.bitget.positions import PositionsRead
from executor.ledger import Ledger, LedgerUnavailable, SharedRead

APART_SECONDS = 0.05  # between two looks into the ledger for the same: it changes once a second


class SharedReads:
    """Of one account, which the ledger knows by `watch`. Thread-safe.

    While the ledger cannot be used, nothing is shared: then each process reads for itself what its orders need.
    """

    def __init__(self, ledger: Ledger, node: str, watch: str) -> None:
        self._ledger, self._node, self._watch = ledger, node, watch
        self._known: dict[str, tuple[int, PositionsRead]] = {}  # product type → with its mark in the ledger
        self._looked: dict[str, float] = {}
        self._lock = threading.Lock()

    def publish(self, product_type: str, read: PositionsRead) -> bool:
        """False if another process watches the account by now."""
        shared = SharedRead(product_type, read.asked, read.to_text())
        try:
            return self._ledger.watches.publish(self._watch, self._node, shared)
        except LedgerUnavailable:
            return True  # as far as is known

    def newest(self, product_type: str) -> PositionsRead | None:
        """The newest one that the ledger holds, or has held."""
        with self._lock:
            if time.monotonic() - self._looked.get(product_type, float("-inf")) >= APART_SECONDS:
                self._look(product_type)
                self._looked[product_type] = time.monotonic()
            known = self._known.get(product_type)
            return known[1] if known else None

    def _look(self, product_type: str) -> None:
        mark = self._known[product_type][0] if product_type in self._known else 0
        try:
            found = self._ledger.watches.newest_read(self._watch, product_type, mark)
        except LedgerUnavailable:
            return
        if found:
            self._known[product_type] = (found.mark, PositionsRead.from_text(found.positions, found.asked))
