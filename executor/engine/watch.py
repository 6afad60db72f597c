"""The watch on one account: reads all its positions about once a second.

One mechanism, four uses: decisions find a fresh position without asking, every reply teaches the exchange's clock,
verification sees changes, and trouble is known before an alert needs the account.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from executor.bitget.exchange import BitgetExchange
from executor.bitget.positions import PositionRead, PositionsRead
from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market

log = structlog.get_logger()

INTERVAL_SECONDS = 1.0  # at most; often enough that a decision always finds a position of `max_age_seconds`
MARGIN_SECONDS = 0.05  # for the next answer to take longer than the last
SHORTEST_INTERVAL_SECONDS = 0.25  # Bitget allows all-position 5 times a second and UID
MOST_OF_A_CPU = 0.006  # when nudged: hundreds of positions take milliseconds to read


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All positions of a product type as they were at some moment after `asked` (time.monotonic() seconds)."""

    read: PositionsRead
    asked: float


class Watch:
    """A thread between `start` and `stop`. After each read it calls `on_read`."""

    def __init__(
        self,
        exchange: BitgetExchange,
        markets: Iterable[Market],
        on_read: Callable[[], None],
        max_age_seconds: float = 0.0,
    ) -> None:
        self._exchange = exchange
        self._product_types = sorted({market.product_type for market in markets})
        self._on_read = on_read
        self._interval_seconds = min(max_age_seconds or INTERVAL_SECONDS, INTERVAL_SECONDS)
        self._snapshots: dict[str, Snapshot] = {}
        self._nudged = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"watch {exchange.account}", daemon=True)
        self.trouble: str | None = "the exchange has not been asked yet"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when no further read will start; one under way ends by itself."""
        self._stopping = True
        self._nudged.set()

    def nudge(self) -> None:
        """Read soon rather than at the next second."""
        self._nudged.set()

    def latest(self, market: Market, after: float) -> PositionRead | None:
        """The newest read that was asked for later than `after` (time.monotonic() seconds), if there is one.

        Raises ReadFailed if the exchange's rows for this symbol were not clear.
        """
        snapshot = self._snapshots.get(market.product_type)
        return snapshot.read.position(market) if snapshot and snapshot.asked > after else None

    def _run(self) -> None:
        while not self._stopping:
            started, cpu = time.monotonic(), time.thread_time()
            self._read_all()
            took, cpu = time.monotonic() - started, time.thread_time() - cpu
            longest = max(0.0, self._interval_seconds - 2 * took - MARGIN_SECONDS)
            shortest = max(SHORTEST_INTERVAL_SECONDS * len(self._product_types) - took, cpu / MOST_OF_A_CPU)
            rested = time.monotonic()
            if self._nudged.wait(longest):
                time.sleep(max(0.0, min(shortest, longest) - (time.monotonic() - rested)))
                self._nudged.clear()

    def _read_all(self) -> None:
        """Each product type by itself, so that one that cannot be read keeps nobody from the others."""
        troubles = [trouble for each in self._product_types if (trouble := self._read(each))]
        self._note("; ".join(troubles) or None)

    def _read(self, product_type: str) -> str | None:
        """Why it could not be read, if it could not."""
        asked = time.monotonic()
        try:
            self._snapshots[product_type] = Snapshot(self._exchange.positions(product_type), asked)
            self._on_read()
        except (ReadFailed, ReadRefused) as error:
            return str(error)
        except Exception as error:  # the one broad except of this thread: without it no order would be verified again
            log.exception("watch failed", account=self._exchange.account)
            return f"could not read the {product_type} positions: {type(error).__name__}, see the log"
        return None

    def _note(self, trouble: str | None) -> None:
        """Log when the exchange becomes unreadable and when it is readable again, not once a second."""
        if (trouble is None) != (self.trouble is None) or self._first(trouble):
            if trouble:
                log.warning("positions unreadable", account=self._exchange.account, reason=trouble)
            else:
                log.info("positions readable", account=self._exchange.account)
        self.trouble = trouble

    def _first(self, trouble: str | None) -> bool:
        return trouble is not None and not self._snapshots and self.trouble != trouble
