"""executor simulator: a Bitget of our own, to try rules without keys."""

import os
import re
import signal
import threading
from decimal import Decimal

import click

from executor.errors import ExecutorError
from executor.simulator import AccountSettings, Settings, parse_fault, start_simulator

DEFAULT_PORT = 5020
MODES = {"hedge": "hedge_mode", "one-way": "one_way_mode"}
_POSITION = re.compile(r"(?:(?P<account>[^:]+):)?(?P<symbol>\w+)=(?P<leg>long|short):(?P<size>[0-9.]+)")


@click.command()
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Where to listen, on this machine only.")
@click.option("--position", "positions", multiple=True, metavar="[ACCOUNT:]SYMBOL=LEG:SIZE",
              help="What is held at the start.  [default: ETHUSDT=long:10]")  # fmt: skip
@click.option("--mode", "modes", multiple=True, metavar="ACCOUNT=MODE", help="hedge or one-way, against config.yaml.")
@click.option("--fault", "faults", multiple=True, metavar="ENDPOINT:FAULT", help="Such as click-backhand:drop-reply:1.")
@click.pass_obj
def simulator(
    config: str, port: int, positions: tuple[str, ...], modes: tuple[str, ...], faults: tuple[str, ...]
) -> None:
    """Simulate Bitget for the accounts of config.yaml that say `venue: simulator`."""
    ended = _told_to_end()
    accounts = _accounts(config) | dict(_mode(text) for text in modes)
    held = [_position(text) for text in positions or ("ETHUSDT=long:10",)]
    settings = Settings(accounts=tuple(_account(name, mode, held) for name, mode in accounts.items()))
    try:
        parsed = [parse_fault(text) for text in faults]
        running = start_simulator(settings, port=port)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise ExecutorError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from error
    for fault in parsed:
        running.exchange.faults.add(fault)
    click.echo(f"Bitget, simulated, on {running.url} (Ctrl-C ends it)")
    for account in settings.accounts:
        legs = ", ".join(f"{symbol} {leg} {size}" for (symbol, leg), size in account.positions.items())
        click.echo(f"  account {account.key}: {account.mode}, holds {legs or 'nothing'}")
    ended.wait()
    running.stop()


def _accounts(config: str) -> dict[str, str]:
    """Name → mode of the configuration's simulated accounts; one hedge account where there is no usable file."""
    from executor.config import ConfigError, load

    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        first = error.complaints[0].text
        click.echo(f"config not used, simulating one hedge account called main: {first}", err=True)
        return {"main": MODES["hedge"]}
    simulated = {name: account for name, account in loaded.accounts.items() if account.venue == "simulator"}
    return {name: MODES[account.position_mode] for name, account in simulated.items()} or {"main": MODES["hedge"]}


def _mode(text: str) -> tuple[str, str]:
    name, _, mode = text.partition("=")
    if mode not in MODES:
        raise click.UsageError(f"--mode {text!r}: write ACCOUNT=hedge or ACCOUNT=one-way")
    return name, MODES[mode]


def _position(text: str) -> tuple[str | None, str, str, Decimal]:
    found = _POSITION.fullmatch(text)
    if not found:
        raise click.UsageError(f"--position {text!r}: write ETHUSDT=long:10 or main:ETHUSDT=long:10")
    return found["account"], found["symbol"].upper(), found["leg"], Decimal(found["size"])


def _account(name: str, mode: str, held: list[tuple[str | None, str, str, Decimal]]) -> AccountSettings:
    mine = {(symbol, leg): size for account, symbol, leg, size in held if account in (None, name)}
    return AccountSettings(name, mode=mode, positions=mine)


def _told_to_end() -> threading.Event:
    """Set by Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    return ended
