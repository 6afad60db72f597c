"""Follows config.yaml while the executor runs: a saved change comes into force whole or not at all."""

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from executor.config import (
    MAX_BYTES,
    MAX_FILE_BYTES,
    Complaint,
    Config,
    ConfigError,
    Read,
    RuleTestResult,
    files_named,
    from_disk,
    load,
    run_tests,
)
from executor.engine.identity import held_up_by, means_the_same, why_it_waits
from executor.engine.last_good import LastGood
from executor.errors import ExecutorError
from executor.ledger import OrderRow
from executor.times import utc_now

log = structlog.get_logger()


class TestsFailed(ExecutorError):
    """The configuration does not do what its own tests say."""

    def __init__(self, path: Path, failed: Iterable[RuleTestResult]) -> None:
        failures = "\n".join(result.text for result in failed)
        super().__init__(f"{path} fails its own tests; correct the rules or the tests:\n{failures}")


def load_tested(path: Path, environ: Mapping[str, str], now: datetime, read: Read = from_disk) -> Config:
    """A configuration that has passed its own tests. Raises ConfigError or TestsFailed."""
    config = load(path, environ, read)
    failed = [result for result in run_tests(config, now) if not result.passed]
    if failed:
        raise TestsFailed(path, failed)
    for warning in config.warnings:
        log.warning("config warning", reason=warning.text)
    return config


class Follower:
    """Compares the bytes of config.yaml and of the secret files that it names, not dates or inodes, so that saves by
    editors, git and mounted volumes are all seen.
    """

    def __init__(
        self,
        path: Path,
        environ: Mapping[str, str],
        apply: Callable[[Config], None],
        last_good: LastGood | None = None,
        now: Callable[[], datetime] = utc_now,
        in_flight: Callable[[], Sequence[OrderRow]] = tuple,
    ) -> None:
        """Uses the last good configuration, if there is one, until the files hold a good one.

        `in_flight` are the orders that a change of names waits for. Raises ConfigError or TestsFailed.
        """
        self._path, self._environ, self._apply, self._last_good = path, environ, apply, last_good
        self._now, self._in_flight = now, in_flight
        self._waiting: Config | None = None  # what the files hold, if it is good and not in force yet
        self._logged: Config | None = None  # the last that had to wait and was logged
        self._text: bytes | None = None
        self._named: tuple[Path, ...] = ()  # in that text
        self._piped = last_good.files() if last_good else {}
        self.complaint: str | None = None
        if self._piped:
            self._good = self._seen = dict(self._piped)
            self.config = load(path, environ, partial(_content, self._good))  # it has passed its tests before
            changed = self._changed()
            if changed and means_the_same(self.config, changed):
                self._good, self.config = self._seen, changed
            else:
                self._waiting = changed  # until the first look: there is no ledger yet to ask
        else:
            self._good = self._seen = self._look()  # first: what is saved meanwhile is seen at the next look
            self.config = load_tested(path, environ, now(), partial(_content, self._good))

    def in_force(self) -> None:
        """The configuration is in force: the next process starts with it."""
        if self._last_good:
            self._last_good.keep(self._good)

    def look(self) -> None:
        """Apply what has changed since the last look, if it is good and need not wait."""
        config = self._waiting = self._changed()
        if config is None or self._must_wait(config):
            return
        seen, self._seen = self._seen, {}  # so that it is tried again if it cannot be applied
        self._apply(config)
        if self._must_wait(config):  # an order has left meanwhile
            self._apply(self.config)
            self._seen = seen
            return
        self._good = self._seen = seen
        self.config, self.complaint, self._waiting = config, None, None
        self.in_force()
        log.info("config taken up", file=str(self._path), digest=config.digest[:12])

    def _must_wait(self, config: Config) -> bool:
        """Whether orders are in flight under a name whose meaning would change. Logged once."""
        orders = () if means_the_same(self.config, config) else held_up_by(self.config, config, self._in_flight())
        if not orders:
            return False
        self.complaint = why_it_waits(orders)
        if self._logged is not config:
            self._logged = config
            log.error("config waits for orders in flight", file=str(self._path), reason=self.complaint)
        return True

    def _changed(self) -> Config | None:
        """What the files hold now, if that is new and good, or still waits."""
        if (found := self._look()) == self._seen:
            return self._waiting
        self._seen, self._waiting = found, None
        try:
            config = load_tested(self._path, self._environ, self._now(), partial(_content, found))
            self._check_fixed(config)
        except (ConfigError, TestsFailed) as error:
            self.complaint = str(error)
            # no traceback: the reasons are for the person who saved the file
            log.error("config rejected", file=str(self._path), reason=str(error))  # noqa: TRY400 - see above
            return None
        return config

    def _look(self) -> dict[Path, bytes]:
        """The files and what they hold, but for those that cannot be read: `load` says why."""
        text = self._bytes(self._path, MAX_BYTES)
        if text != self._text:
            self._text = text
            self._named = tuple(
                self._path.parent / name for name in files_named((text or b"").decode(errors="replace"))
            )
        found = {self._path: text} | {file: self._bytes(file, MAX_FILE_BYTES) for file in self._named}
        return {file: content for file, content in found.items() if content is not None}

    def _bytes(self, file: Path, most_bytes: int) -> bytes | None:
        try:
            if stat.S_ISREG(os.stat(file).st_mode):
                return from_disk(file, most_bytes)
            if file not in self._piped:  # a pipe can be read once
                self._piped[file] = from_disk(file, most_bytes)
            return self._piped[file]
        except (OSError, ValueError):
            pass  # being replaced, unreadable, or no file name: `load` says which if it stays so
        return None

    def _check_fixed(self, config: Config) -> None:
        if config.ledger_url != self.config.ledger_url or config.proxies != self.config.proxies:
            words = "ledger and proxies cannot change while running: restart to use them"
            raise ConfigError([Complaint(str(self._path), 1, "", words)])


def _content(files: Mapping[Path, bytes], file: Path, most_bytes: int) -> bytes:
    content = files.get(file)
    return from_disk(file, most_bytes) if content is None else content
