"""One ledger's database, opened: a writer, and a pool of connections for reading."""

from pathlib import Path

from executor.ledger.database.bounded import Bounded
from executor.ledger.database.callers import Callers
from executor.ledger.database.engines import DatabaseLimits, parse_url, postgres_engine, sqlite_engine
from executor.ledger.database.group_commit import SqliteWriter
from executor.ledger.database.sqlite_file import create_file, trim_log
from executor.ledger.database.writer import TROUBLE, PostgresWriter, T, Verb, Writer, unavailable

_DEFAULT_LIMITS = DatabaseLimits()
CLOSING_SECONDS = 10.0  # more than the time limits of one call


class Database:
    """Thread-safe. Open it after the process has forked. Raises LedgerError, or LedgerUnavailable."""

    def __init__(self, url: str, limits: DatabaseLimits = _DEFAULT_LIMITS) -> None:
        self.url, self.limits = parse_url(url), limits
        self.dialect = self.url.get_backend_name()
        self._bounded = Bounded(limits.pool_size)
        self._callers = Callers()
        self.writer: Writer
        try:
            if self.dialect == "sqlite":
                self._open_sqlite()
            else:
                self._open_postgresql()
        except TROUBLE as error:
            raise unavailable(error) from error

    def _open_sqlite(self) -> None:
        create_file(self.url.database or "")
        self._reads = sqlite_engine(self.url, self.limits, "BEGIN", pooled=True)
        self.writer = SqliteWriter(sqlite_engine(self.url, self.limits), self.limits.lock_seconds)

    def _open_postgresql(self) -> None:
        settings = self.limits.postgres_settings()
        self._reads = postgres_engine(self.url, self.limits, **settings)
        self.writer = PostgresWriter(
            durable=postgres_engine(self.url, self.limits, **settings, synchronous_commit="on"),
            lazy=postgres_engine(self.url, self.limits, **settings, synchronous_commit="off"),
            bounded=self._bounded,
        )

    def read(self, verb: Verb[T], within_seconds: float | None = None) -> T:
        """Run the verb in a transaction that reads.

        Raises LedgerUnavailable, LedgerGone if the ledger's file is no longer
        at its path, and LedgerSlow once the time is over.
        """
        with self._callers:
            if within_seconds is None:
                return self._read(verb)
            return self._bounded.run(lambda _: self._read(verb), within_seconds)

    def write(self, verb: Verb[T], *, durable: bool = False, within_seconds: float | None = None) -> T:
        """Run the verb in a transaction that writes: see `Writer.write`."""
        with self._callers:
            return self.writer.write(verb, durable=durable, within_seconds=within_seconds)

    def check_file(self) -> None:
        """Raises LedgerGone."""
        self.writer.check_file()

    def trim(self) -> None:
        """Give back the disk space of a long write-ahead log. Waits for nothing."""
        if self.dialect == "sqlite":
            trim_log(Path(self.url.database or ""), self.limits.log_bytes)

    def close(self) -> None:
        """Returns when no call is under way. Later calls raise LedgerUnavailable."""
        self._callers.close(CLOSING_SECONDS)
        self._bounded.close()
        self.writer.close()
        self._reads.dispose()

    def _read(self, verb: Verb[T]) -> T:
        self.check_file()  # a new connection would mix the open file's log with the file at the path
        try:
            with self._reads.begin() as connection:
                return verb(connection)
        except TROUBLE as error:
            raise unavailable(error) from error
