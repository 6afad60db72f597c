"""Whether this process can take alerts, and what keeps it from that."""

from collections.abc import Callable

import structlog

from executor.ledger import Ledger, LedgerUnavailable

log = structlog.get_logger()


class Readiness:
    """Trouble with the ledger is logged when it begins and when it ends, not at every heartbeat."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._told: type[LedgerUnavailable] | None = None

    def beat(self, beat: Callable[[], None]) -> None:
        """A heartbeat, which writes to the ledger and raises LedgerUnavailable."""
        try:
            beat()
        except LedgerUnavailable as error:
            if type(error) is not self._told:
                log.critical("ledger lost, nothing is taken", reason=str(error))
            self._told = type(error)
        else:
            if self._told:
                log.warning("ledger found again")
            self._told = None

    def trouble(self) -> str | None:
        """Why no alert can be taken now."""
        try:
            self._ledger.check()
        except LedgerUnavailable as error:
            return str(error)
        return None
