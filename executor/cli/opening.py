"""The ledger for commands: how it is opened, and its halts in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from executor.config import Outline
from executor.ledger import Halt, Ledger, open_ledger


@contextmanager
def opened(config: Outline) -> Iterator[Ledger]:
    """The configuration's ledger, if its tables are of this version."""
    ledger = open_ledger(config.ledger_url)
    try:
        ledger.check_version()
        yield ledger
    finally:
        ledger.close()


def in_words(halt: Halt) -> str:
    until = f"until {halt.expires_at:%Y-%m-%d %H:%M:%S} UTC" if halt.expires_at else "until `executor resume`"
    return f"{halt.scope}, {until} ({halt.author}: {halt.reason})"
