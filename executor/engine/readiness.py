"""Whether this process can take alerts, and what keeps it from that."""

import time
from collections.abc import Callable

import structlog

from executor.config import Config
from executor.core.order import Lane
from executor.engine.backlog import Backlog
from executor.engine.timings import Timings
from executor.ledger import Ledger, LedgerUnavailable

log = structlog.get_logger()


class Readiness:
    """Trouble with the ledger is logged when it begins and when it ends, not at every heartbeat."""

    def __init__(self, ledger: Ledger, backlog: Backlog, config: Callable[[], Config], timings: Timings) -> None:
        self._ledger, self._backlog, self._config = ledger, backlog, config
        self._most_silent = timings.ledger_silence.total_seconds()
        self._logged: type[LedgerUnavailable] | None = None

    def beat(self, beat: Callable[[], None]) -> None:
        """A heartbeat, which writes to the ledger and raises LedgerUnavailable."""
        try:
            beat()
        except LedgerUnavailable as error:
            if type(error) is not self._logged:
                log.critical("ledger lost, nothing is taken", reason=str(error))
            self._logged = type(error)
        else:
            if self._logged:
                log.warning("ledger found again")
            self._logged = None

    def trouble(self) -> str | None:
        """Why no alert can be taken now."""
        return self.ledger_trouble() or self._nowhere()

    def ledger_trouble(self) -> str | None:
        """What the ledger said to the last write, or says to a read now."""
        wrote = self._ledger.last_write
        if wrote.failed:
            return wrote.failed
        try:
            self._ledger.check()
        except LedgerUnavailable as error:
            return str(error)
        silent = time.monotonic() - wrote.at
        return f"nothing could be written to the ledger for {silent:.0f} s" if silent > self._most_silent else None

    def full(self) -> list[str]:
        """Where no order is taken now, each place once."""
        return list(dict.fromkeys(self._backlog.full(self._lanes()).values()))

    def _nowhere(self) -> str | None:
        lanes = self._lanes()
        full = self._backlog.full(lanes)
        return f"no lane takes another order: {next(iter(full.values()))}" if len(full) == len(lanes) else None

    def _lanes(self) -> list[Lane]:
        config = self._config()
        return [Lane(account, symbol) for account in config.accounts for symbol in config.symbols]
