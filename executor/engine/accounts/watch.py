"""The watch on one account: knows all its positions about once a second.

One mechanism, four uses: decisions find a fresh position without asking, every reply teaches the exchange's clock,
verification sees changes, and trouble is known before an alert needs the account.

One process of all reads an account, because the exchange counts the reads of all of them together: the process that
holds the account's watch in the ledger. The others find there what it has read.
"""

import threading
import time
from collections.abc import Callable, Iterable
from itertools import cycle

import structlog

from executor.bitget.exchange import BitgetExchange
from executor.bitget.positions import PositionRead, PositionsRead
from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market
from executor.engine.accounts.shared_reads import SharedReads

log = structlog.get_logger()

INTERVAL_SECONDS = 1.0  # at most; often enough that a decision always finds a position of `max_age_seconds`
MARGIN_SECONDS = 0.1  # for the next answer to take longer than the last, and for its way to other processes
APART_SECONDS = 0.25  # Bitget allows all-position 5 times a second and UID; one of them is left to others
MOST_OF_A_CPU = 0.006  # when nudged: hundreds of positions take milliseconds to read
FOLLOW_SECONDS = 0.25  # between two looks at what another process has read, while a lane waits for it
WANTED_SECONDS = 3.0  # a lane that has looked here counts as waiting for so long; it looks again before
UNABLE_SECONDS = 5.0  # of failing, after which another process should try
NOT_ASKED = "the exchange has not been asked yet"


class Watch:
    """A thread between `start` and `stop`. Whenever there is a newer read, it calls `on_read`.

    Without `shared`, no other process uses the account.
    """

    def __init__(
        self,
        exchange: BitgetExchange,
        markets: Iterable[Market],
        on_read: Callable[[], None],
        max_age_seconds: float = 0.0,
        shared: SharedReads | None = None,
    ) -> None:
        self._exchange, self._on_read, self._shared = exchange, on_read, shared
        self._product_types = sorted({market.product_type for market in markets})
        self._interval_seconds = min(max_age_seconds or INTERVAL_SECONDS, INTERVAL_SECONDS)
        self._reads: dict[str, PositionsRead] = {}
        self._mine_until, self._alone = float("-inf"), shared is None
        self._troubles: dict[str, str | None] = {}  # product type → why it could not be read
        self._noted: str | None = NOT_ASKED  # of that, in the log
        self._other_trouble: str | None = NOT_ASKED  # the trouble of the other process that reads
        self._failing_since: float | None = None
        self._hurried = 0  # the number of reads that follow each other sooner
        self._wanted: dict[str, float] = {}  # product type → until when a lane waits for what another process reads
        self._seen: dict[str, float] = {}  # of that, what `on_read` was called for
        self._bell = threading.Event()  # rung after any change that the thread should see at once
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"watch {exchange.account}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when no further read will start; one under way ends by itself."""
        self._stopping = True
        self._bell.set()

    def nudge(self) -> None:
        """Read soon rather than at the next second."""
        self._hurried = len(self._product_types)
        self._bell.set()

    def hold(self, until: float, processes: int) -> None:
        """Of `processes`, this one reads for all `until` then (time.monotonic() seconds)."""
        if not self._is_mine:
            log.info("watch taken", account=self._exchange.account)
        self._mine_until, self._alone = until, processes == 1
        self._bell.set()

    def follow(self, trouble: str | None) -> None:
        """Another process reads, and has this trouble."""
        if self._is_mine:
            log.info("watch followed", account=self._exchange.account)
        self._mine_until, self._alone, self._other_trouble = float("-inf"), False, trouble
        self._failing_since = None

    @property
    def able(self) -> bool:
        """False once reads have failed for so long that another process should try."""
        since = self._failing_since
        return since is None or time.monotonic() - since < UNABLE_SECONDS

    @property
    def trouble(self) -> str | None:
        """Why the positions cannot be read just now."""
        if not self._is_mine:
            return self._other_trouble
        if troubles := [trouble for trouble in list(self._troubles.values()) if trouble]:
            return "; ".join(troubles)
        return None if len(self._troubles) == len(self._product_types) else NOT_ASKED

    @property
    def trouble_to_tell(self) -> str | None:
        """What other processes should know of that; not that the first answer is still to come."""
        return None if self.trouble == NOT_ASKED else self.trouble

    def latest(self, market: Market, after: float) -> PositionRead | None:
        """The newest read that was asked for later than `after` (time.monotonic() seconds), if there is one.

        Raises ReadFailed if the exchange's rows for this symbol were not clear.
        """
        read = self._reads.get(market.product_type)
        if self._shared and (read is None or read.asked <= after) and not self._is_mine:
            read = self._found(self._shared, market.product_type, after)
        return read.position(market) if read and read.asked > after else None

    @property
    def _is_mine(self) -> bool:
        return self._alone or time.monotonic() < self._mine_until

    def _found(self, shared: SharedReads, product_type: str, after: float) -> PositionsRead | None:
        """What another process has read, once that is needed. From then on, the thread looks for newer reads."""
        now = time.monotonic()
        if self._wanted.get(product_type, now) <= now:
            self._bell.set()
        self._wanted[product_type] = now + WANTED_SECONDS
        newest = shared.newest(product_type) if after < now else None
        self._keep(product_type, newest)
        return self._reads.get(product_type)

    def _keep(self, product_type: str, read: PositionsRead | None) -> None:
        known = self._reads.get(product_type)
        if read and (known is None or read.asked > known.asked):
            self._reads[product_type] = read

    def _run(self) -> None:
        for product_type in cycle(self._product_types):
            if self._stopping:
                return
            try:
                if self._is_mine:
                    self._read(product_type)
                elif self._shared:
                    self._look(self._shared)
            except Exception as error:  # the one broad except of this thread: without it no order would be verified
                log.exception("watch failed", account=self._exchange.account)
                why = f"could not read the {product_type} positions: {type(error).__name__}, see the log"
                self._troubles[product_type] = why
                self._rest(time.monotonic(), APART_SECONDS, APART_SECONDS)

    def _look(self, shared: SharedReads) -> None:
        """Look at what another process has read, if one of our lanes waits for it; then rest."""
        now = time.monotonic()
        wanted = [product_type for product_type, until in list(self._wanted.items()) if until > now]
        for product_type in wanted:
            self._keep(product_type, shared.newest(product_type))
            known = self._reads.get(product_type)
            if known and known.asked > self._seen.get(product_type, float("-inf")):
                self._seen[product_type] = known.asked
                self._on_read()
        self._bell.wait(FOLLOW_SECONDS if wanted else None)
        self._bell.clear()

    def _read(self, product_type: str) -> None:
        """Read one product type, so that one that cannot be read does not hold up the others; then rest."""
        asked, cpu = time.monotonic(), time.thread_time()
        self._hurried = max(0, self._hurried - 1)
        try:
            read = self._exchange.positions(product_type)
        except (ReadFailed, ReadRefused) as error:
            self._fail(product_type, error)
            if isinstance(error, ReadFailed) and error.retry_after:
                pause = error.retry_after.total_seconds()
                return self._rest(time.monotonic(), pause, pause)
        else:
            self._take(product_type, read)
        took, cpu = time.monotonic() - asked, time.thread_time() - cpu
        longest = (self._interval_seconds - took - MARGIN_SECONDS) / len(self._product_types)
        return self._rest(asked, max(APART_SECONDS, cpu / MOST_OF_A_CPU), max(APART_SECONDS, longest))

    def _take(self, product_type: str, read: PositionsRead) -> None:
        self._reads[product_type] = read
        self._troubles[product_type] = self._failing_since = None
        self._note()
        self._on_read()
        if self._shared and not self._alone and not self._shared.publish(product_type, read):
            self._mine_until = float("-inf")

    def _fail(self, product_type: str, error: ReadFailed | ReadRefused) -> None:
        self._troubles[product_type] = str(error)
        asked_too_often = isinstance(error, ReadFailed) and error.retry_after
        if self._failing_since is None and not asked_too_often:
            self._failing_since = time.monotonic()
        self._note()

    def _rest(self, since: float, shortest: float, longest: float) -> None:
        """Until `longest` seconds after `since`; until `shortest` if nudged."""
        while not self._stopping:
            left = since + (shortest if self._hurried else longest) - time.monotonic()
            if left <= 0:
                return
            self._bell.wait(left)
            self._bell.clear()

    def _note(self) -> None:
        """Log when the exchange becomes unreadable and when it is readable again, not once a second."""
        trouble, noted = self.trouble, self._noted
        if trouble == NOT_ASKED:
            return
        first = trouble is not None and not self._reads and noted != trouble
        if (trouble is None) != (noted is None) or first:
            if trouble:
                log.warning("positions unreadable", account=self._exchange.account, reason=trouble)
            else:
                log.info("positions readable", account=self._exchange.account)
        self._noted = trouble
