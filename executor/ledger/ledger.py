"""The ledger, opened: its subjects, and what concerns all of them."""

from collections.abc import Callable
from datetime import datetime

from executor.ledger.alerts import AlertStore
from executor.ledger.clock import LedgerClock, clock_of
from executor.ledger.database import Database, DatabaseLimits
from executor.ledger.halts import HaltStore
from executor.ledger.lanes import LaneStore
from executor.ledger.migrating import check_version, migrate
from executor.ledger.nodes import NodeStore
from executor.ledger.orders import OrderStore
from executor.ledger.queries import Queries
from executor.ledger.secret_uses import SecretUseStore
from executor.ledger.tables import alerts
from executor.ledger.transactions import LastWrite, Transactions
from executor.ledger.watches import WatchStore
from executor.times import utc_now

CHECK_SECONDS = 2.0  # a health check does not wait long
_ANY_ALERT = alerts.select().limit(1)
_DEFAULT_LIMITS = DatabaseLimits()


class Ledger:
    """Thread-safe. Open it in the process that uses it, after any fork.

    Every verb of a subject raises LedgerUnavailable if the database cannot be
    used: then nothing of it is kept.
    """

    def __init__(self, database: Database, clock: LedgerClock) -> None:
        self.database, self.clock = database, clock
        transactions = Transactions(database, clock)
        self.alerts = AlertStore(transactions)
        self.orders = OrderStore(transactions)
        self.lanes = LaneStore(transactions)
        self.halts = HaltStore(transactions)
        self.nodes = NodeStore(transactions)
        self.watches = WatchStore(transactions)
        self.secret_uses = SecretUseStore(transactions)
        self.queries = Queries(transactions)
        self._transactions = transactions

    def now(self) -> datetime:
        """The ledger's clock, which all its processes agree on. Raises LedgerUnavailable if it was never reached."""
        return self.clock.now()

    @property
    def last_write(self) -> LastWrite:
        """How the last write of any subject ended."""
        return self._transactions.last_write

    def migrate(self) -> None:
        """Bring the tables up to this version. Several starting processes may do so at once.

        Reads the ledger's clock as well: from then on no verb waits for that.
        """
        migrate(self.database)
        self.clock.now()

    def check_version(self) -> None:
        """Raises LedgerOutdated if the tables are not those of this version."""
        self.database.read(check_version)

    def check(self) -> None:
        """Raises LedgerUnavailable if the ledger cannot be read soon, LedgerGone if its file was replaced."""
        self.database.read(lambda connection: connection.execute(_ANY_ALERT).first(), CHECK_SECONDS)

    def check_file(self) -> None:
        """Raises LedgerGone. Some microseconds."""
        self.database.check_file()

    def trim(self) -> None:
        """Give back disk space that is not needed. Waits for nothing."""
        self.database.trim()

    def close(self) -> None:
        self.database.close()


def open_ledger(
    url: str,
    wall: Callable[[], datetime] = utc_now,
    limits: DatabaseLimits = _DEFAULT_LIMITS,
) -> Ledger:
    """`sqlite:///file.db` or `postgresql+psycopg://…`. `wall` is the machine's clock, which is asked at most once.

    Raises LedgerError, or LedgerUnavailable.
    """
    database = Database(url, limits)
    return Ledger(database, clock_of(database, wall))
