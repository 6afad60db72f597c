"""Follows config.yaml while the executor runs: a saved change applies whole or not at all."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog

from executor.config import Complaint, Config, ConfigError, TrialResult, files_named, load, run_tests
from executor.errors import ExecutorError

log = structlog.get_logger()


class TestsFailed(ExecutorError):
    """The configuration does not do what its own tests say."""

    def __init__(self, path: Path, failed: Iterable[TrialResult]) -> None:
        told = "\n".join(result.text for result in failed)
        super().__init__(f"{path} fails its own tests; correct the rules or the tests:\n{told}")


def load_tested(path: Path, environ: Mapping[str, str]) -> Config:
    """A configuration that has passed its own tests. Raises ConfigError or TestsFailed."""
    config = load(path, environ)
    failed = [result for result in run_tests(config, datetime.now(UTC)) if not result.passed]
    if failed:
        raise TestsFailed(path, failed)
    for doubt in config.doubts:
        log.warning("config doubted", reason=doubt.text)
    return config


class Follower:
    """Looks at the bytes of config.yaml and of the files with secrets that it names, rather than at dates or inodes, so
    that editors, git and mounted volumes all count.
    """

    def __init__(self, path: Path, environ: Mapping[str, str], apply: Callable[[Config], None]) -> None:
        """Raises ConfigError or TestsFailed."""
        self._path, self._environ, self._apply = path, environ, apply
        self._text: bytes | None = None
        self._named: tuple[Path, ...] = ()
        self._seen = self._read()  # before it is loaded: what is saved in between is seen at the next look
        self.config = load_tested(path, environ)
        self.complaint: str | None = None

    def look(self) -> None:
        """Take up what has changed since the last look, if it is good."""
        found = self._read()
        if found == self._seen:
            return
        self._seen = found
        try:
            config = load_tested(self._path, self._environ)
            self._check_fixed(config)
        except (ConfigError, TestsFailed) as error:
            self.complaint = str(error)
            # no traceback: the reasons are the person's who saved the file
            log.error("config not taken up; the old one stays in force", file=str(self._path), reason=str(error))  # noqa: TRY400 - see above
            return
        self._apply(config)
        self.config, self.complaint = config, None
        log.info("config taken up", file=str(self._path), digest=config.digest[:12])

    def _read(self) -> list[bytes | None]:
        text = _bytes(self._path)
        if text != self._text:
            self._text = text
            self._named = tuple(
                self._path.parent / name for name in files_named((text or b"").decode(errors="replace"))
            )
        return [text, *map(_bytes, self._named)]

    def _check_fixed(self, config: Config) -> None:
        if config.ledger_url != self.config.ledger_url or config.proxies != self.config.proxies:
            words = "ledger and proxies cannot change while running: restart to use them"
            raise ConfigError([Complaint(str(self._path), 1, "", words)])


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() else None  # a pipe can be read once, and is for `load`
    except OSError:
        return None  # being replaced, or gone: load says which if it stays so
