"""The ledger for commands: how it is opened, and its halts in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from executor.config import Outline
from executor.errors import ExecutorError
from executor.ledger import Halt, Ledger, open_ledger

_SQLITE = "sqlite:///"


class NoLedger(ExecutorError):
    """The ledger's file is not there: most likely this is not the folder that the server runs in."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"there is no ledger at {file}: run this in the folder that the server was started in, or write a whole "
            "path under `ledger:` in config.yaml; `executor serve` makes a new ledger"
        )


@contextmanager
def opened(config: Outline) -> Iterator[Ledger]:
    """The configuration's ledger, if there is one and its tables are of this version."""
    file = Path(config.ledger_url.removeprefix(_SQLITE)).absolute()
    if config.ledger_url.startswith(_SQLITE) and not file.exists():
        raise NoLedger(file)
    ledger = open_ledger(config.ledger_url)
    try:
        ledger.check_version()
        yield ledger
    finally:
        ledger.close()


def in_words(halt: Halt, now: datetime) -> str:
    until = "until `executor resume`" if halt.left is None else f"until {now + halt.left:%Y-%m-%d %H:%M:%S} UTC"
    return f"{halt.scope}, {until} ({halt.author}: {halt.reason})"
