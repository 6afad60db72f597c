"""executor halt, executor resume: stop sending orders, and go on."""

import getpass
import os
import re
from datetime import UTC, datetime, timedelta

import click

from executor.cli.opening import in_words, opened
from executor.config import Outline, outline
from executor.errors import ExecutorError
from executor.ledger import HaltScope

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> timedelta:
    """`30s`, `15m`, `2h`, `1d`."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if not found:
        raise click.BadParameter(f"{text!r} is no duration; write 30s, 15m, 2h or 1d")
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])


@click.command()
@click.option("--account", help="Only this account.")
@click.option("--symbol", help="Only this symbol.")
@click.option("--reason", default="halted by hand", show_default=True, help="For those who read it later.")
@click.option("--for", "lasts", type=duration, help="Ends by itself after that long: 30m, 2h.  [default: never]")
@click.pass_obj
def halt(config: str, account: str | None, symbol: str | None, reason: str, lasts: timedelta | None) -> None:
    """Send no orders, in any process, at once. Waiting signals are denied.

    Of config.yaml only the ledger and the names are read: it works without secrets, and whatever else is wrong.
    """
    scope, now = HaltScope(account, symbol), datetime.now(UTC)
    names = outline(config, os.environ)
    _refuse_unknown(scope, names)
    with opened(names) as ledger:
        made = ledger.halts.halt(scope, login(), reason, now, lasts)
    click.echo(f"halted: {in_words(made, now)}")


@click.command()
@click.option("--account", help="The account that was halted.")
@click.option("--symbol", help="The symbol that was halted.")
@click.pass_obj
def resume(config: str, account: str | None, symbol: str | None) -> None:
    """Lift a halt of exactly this scope."""
    scope, now = HaltScope(account, symbol), datetime.now(UTC)
    with opened(outline(config, os.environ)) as ledger:
        lifted = ledger.halts.resume(scope, login(), now)
        left = ledger.halts.in_force()
    if not lifted:
        others = "; in force: " + "; ".join(in_words(other, now) for other in left) if left else ""
        raise ExecutorError(f"nothing to resume: no halt of {scope} is in force{others}")
    click.echo(f"resumed: {scope}")
    for other in left:
        click.echo(f"still halted: {in_words(other, now)}")


def _refuse_unknown(scope: HaltScope, names: Outline) -> None:
    """A halt of a misspelt account would stop nothing, and say that it did."""
    for what, name, known in (("account", scope.account, names.accounts), ("symbol", scope.symbol, names.symbols)):
        if name is not None and name not in known:
            raise ExecutorError(f"nothing halted: config.yaml has no {what} {name!r}; it has {', '.join(known)}")


def login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return f"uid {os.getuid()}"
