"""executor halt, executor resume: stop sending orders, and go on."""

import getpass
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from executor.cli.ledger import opened
from executor.errors import ExecutorError
from executor.ledger import HaltScope

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[timedelta]):
    """`30s`, `15m`, `2h`, `1d`."""

    name = "duration"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> timedelta:
        found = re.fullmatch(r"([0-9]{1,6})([smhd])", str(value))
        if not found:
            self.fail(f"{value!r} is no duration; write 30s, 15m, 2h or 1d", parameter, context)
        return timedelta(seconds=int(found[1]) * UNITS[found[2]])


@click.command()
@click.option("--account", help="Only this account.")
@click.option("--symbol", help="Only this symbol.")
@click.option("--reason", default="halted by hand", show_default=True, help="For those who read it later.")
@click.option(
    "--for", "duration", type=Duration(), help="Until then it ends by itself: 30m, 2h. Default: until resumed."
)
@click.pass_obj
def halt(config: str, account: str | None, symbol: str | None, reason: str, duration: timedelta | None) -> None:
    """Send no orders, in any process, at once. Waiting signals are denied."""
    now = datetime.now(UTC)
    with opened(config) as ledger:
        made = ledger.halt(
            HaltScope(account, symbol), getpass.getuser(), reason, now, now + duration if duration else None
        )
    until = f"until {made.expires_at:%Y-%m-%d %H:%M:%S} UTC" if made.expires_at else "until `executor resume`"
    click.echo(f"halted: {made.scope}, {until}")


@click.command()
@click.option("--account", help="The account that was halted.")
@click.option("--symbol", help="The symbol that was halted.")
@click.pass_obj
def resume(config: str, account: str | None, symbol: str | None) -> None:
    """Lift a halt of exactly this scope."""
    with opened(config) as ledger:
        scope, now = HaltScope(account, symbol), datetime.now(UTC)
        lifted = ledger.resume(scope, getpass.getuser(), now)
        left = ledger.halts(now)
    if not lifted:
        others = "; in force: " + "; ".join(str(halt.scope) for halt in left) if left else ""
        raise ExecutorError(f"nothing to resume: no halt of {scope} is in force{others}")
    click.echo(f"resumed: {scope}")
    for halt in left:
        click.echo(f"still halted: {halt.scope} ({halt.author}: {halt.reason})")
