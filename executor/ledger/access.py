"""How the ledger's verbs reach their database."""

import time
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from executor.ledger import reads
from executor.ledger.connecting import Database
from executor.ledger.errors import LedgerUnavailable
from executor.ledger.migrating import check_version, migrate
from executor.ledger.tables import ONE_OF_KEY
from executor.ledger.writer import T, Verb

MOST_SECONDS_CHECKED = 2.0  # a health check does not wait long


@dataclass(frozen=True, slots=True)
class LastWrite:
    """How the last write ended: why it `failed`, if so, and when (time.monotonic()) one last did not."""

    failed: str | None
    at: float


class Access:
    """An opened database, brought up to this version or found to be. Raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.last_write = LastWrite(None, time.monotonic())

    def migrate(self) -> None:
        """Bring the tables up to this version. Several starting processes may do so at once."""
        migrate(self._database)

    def check_version(self) -> None:
        """Raises LedgerOutdated if the tables are not those of this version."""
        self._read(check_version)

    def check(self) -> None:
        """Raises LedgerUnavailable if the ledger cannot be read soon, LedgerGone if its file is another one now."""
        self._read_within(MOST_SECONDS_CHECKED, reads.count_unfinished)

    def check_file(self) -> None:
        """Raises LedgerGone."""
        self._database.writer.check_file()

    def trim(self) -> None:
        """Give back disk that is not needed. Waits for nothing."""
        self._database.trim()

    def close(self) -> None:
        self._database.close()

    def _write(self, verb: Verb[T], *, durable: bool = False, within_seconds: float | None = None) -> T:
        try:
            result = self._database.writer.write(verb, durable=durable, within_seconds=within_seconds)
        except LedgerUnavailable as error:
            self.last_write = LastWrite(str(error), self.last_write.at)
            raise
        self.last_write = LastWrite(None, time.monotonic())
        return result

    def _send(self, verb: Verb[T], within_seconds: float | None = None) -> T:
        """Write what marks orders as sent. PostgreSQL may refuse it because another process was sending for the same
        key at the same time: that one's order is committed then, so the second try sees it and does without.
        """
        try:
            return self._write(verb, durable=True, within_seconds=within_seconds)
        except IntegrityError as error:
            if ONE_OF_KEY not in str(error.orig):
                raise
        return self._write(verb, durable=True, within_seconds=within_seconds)

    def _read(self, verb: Verb[T]) -> T:
        self.check_file()  # a new connection would take the open file's log for that of the file at the path
        return self._database.read(verb)

    def _read_within(self, seconds: float, verb: Verb[T]) -> T:
        """Raises LedgerSlow if it takes longer."""
        return self._database.bounded.run(lambda _: self._read(verb), seconds)
