"""executor simulator: a Bitget of our own, to try rules without keys."""

import os
import re
import signal
import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import click

from executor.config import ConfigError, outline
from executor.config.accounts import BASE_URLS
from executor.core.position import PositionMode
from executor.errors import ExecutorError
from executor.simulator import AccountSettings, Fault, Settings, Simulator, parse_fault, start_simulator
from executor.simulator.contracts import KNOWN

DEFAULT_PORT = 5020
MODES = {PositionMode.HEDGE: "hedge_mode", PositionMode.ONE_WAY: "one_way_mode"}
_POSITION = re.compile(
    r"(?:(?P<account>[^:]+):)?(?P<symbol>\w+)=(?P<leg>long|short):(?P<size>[0-9]{1,12}(?:\.[0-9]{1,12})?)"
)


class Held(NamedTuple):
    """A leg at the start; of every account if `account` is None."""

    account: str | None
    symbol: str
    leg: str
    size: Decimal


def held(text: str) -> Held:
    """`ETHUSDT=long:10` or `main:ETHUSDT=long:10`."""
    found = _POSITION.fullmatch(text)
    if not found:
        raise click.BadParameter(f"{text!r}: write ETHUSDT=long:10 or main:ETHUSDT=long:10")
    symbol = found["symbol"].upper()
    if symbol not in KNOWN:
        some = ", ".join(list(KNOWN)[:4])
        raise click.BadParameter(f"{symbol} is not traded here; there are {some}, and SYM0USDT to SYM999USDT")
    return Held(found["account"], symbol, found["leg"], Decimal(found["size"]))


def mode(text: str) -> tuple[str, PositionMode]:
    """`main=one-way`."""
    name, _, word = text.partition("=")
    if not name or word not in list(PositionMode):
        raise click.BadParameter(f"{text!r}: write ACCOUNT=hedge or ACCOUNT=one-way")
    return name, PositionMode(word)


def fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535),
              help="Where to listen, on this machine only.")  # fmt: skip
@click.option("--position", "legs", multiple=True, type=held, metavar="[ACCOUNT:]SYMBOL=LEG:SIZE",
              help="What is held at the start.  [default: ETHUSDT=long:10]")  # fmt: skip
@click.option("--mode", "modes", multiple=True, type=mode, metavar="ACCOUNT=MODE",
              help="hedge or one-way, instead of what config.yaml says.")  # fmt: skip
@click.option("--fault", "faults", multiple=True, type=fault, metavar="ENDPOINT:FAULT",
              help="Such as click-backhand:drop-reply:1.")  # fmt: skip
@click.pass_obj
def simulator(
    config: str,
    port: int,
    legs: tuple[Held, ...],
    modes: tuple[tuple[str, PositionMode], ...],
    faults: tuple[Fault, ...],
) -> None:
    """Simulate Bitget for the accounts of config.yaml that say `venue: simulator`.

    Its keys are the accounts' names, with the secret and the passphrase "simulator".
    """
    accounts = dict(_accounts(config)) | dict(modes)
    settings = _settings(accounts, legs or (held("ETHUSDT=long:10"),))
    ended = _told_to_end()
    try:
        running = start_simulator(settings, port=port)
    except OSError as error:
        why = os.strerror(error.errno or 0)  # without the address that Python adds
        raise ExecutorError(f"port {port} cannot be used ({why}); choose another with --port") from error
    for each in faults:
        running.exchange.faults.add(each)
    _tell(running, settings)
    ended.wait()
    running.stop()


def _accounts(config: str) -> Mapping[str, PositionMode]:
    """The configuration's simulated accounts; one hedge account where it has none, or cannot be read."""
    try:
        found = outline(config, os.environ).simulated
    except ConfigError as error:
        click.echo(f"config not used, simulating one hedge account called main: {error.complaints[0].text}", err=True)
        found = {}
    return found or {"main": PositionMode.HEDGE}


def _settings(accounts: Mapping[str, PositionMode], legs: tuple[Held, ...]) -> Settings:
    for leg in legs:
        if leg.account not in (None, *accounts):
            raise click.UsageError(f"--position: there is no account {leg.account!r}; there are {', '.join(accounts)}")
    return Settings(accounts=tuple(_account(name, mode, legs) for name, mode in accounts.items()))


def _account(name: str, mode: PositionMode, legs: tuple[Held, ...]) -> AccountSettings:
    mine = {(leg.symbol, leg.leg): leg.size for leg in legs if leg.account in (None, name)}
    if mode is PositionMode.ONE_WAY and len({symbol for symbol, _ in mine}) < len(mine):
        raise click.UsageError(f"--position: account {name} is in one-way mode and cannot hold both legs of a symbol")
    return AccountSettings(name, mode=MODES[mode], positions=mine)


def _tell(running: Simulator, settings: Settings) -> None:
    click.echo(f"Bitget, simulated, on {running.url} (Ctrl-C ends it)")
    for account in settings.accounts:
        legs = ", ".join(f"{symbol} {leg} {size}" for (symbol, leg), size in account.positions.items())
        click.echo(f"  account {account.key}: {account.mode}, holds {legs or 'nothing'}")
    if running.url != BASE_URLS["simulator"]:
        click.echo(f"  in config.yaml, its accounts need base_url: {running.url}")


def _told_to_end() -> threading.Event:
    """Set by Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    return ended
