"""executor simulator: a Bitget of our own, to try rules without keys."""

import os
import re
import signal
import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import click

from executor.config import BASE_URLS, ConfigError, outline
from executor.core.position import PositionMode
from executor.errors import ExecutorError
from executor.simulator import AccountSettings, Fault, Settings, Simulator, parse_fault, start_simulator
from executor.simulator.contracts import KNOWN, Contract
from executor.simulator.faults import FAULTS, FaultKind

DEFAULT_PORT = 5020
MODES = {PositionMode.HEDGE: "hedge_mode", PositionMode.ONE_WAY: "one_way_mode"}
_LEG = r"(?:(?P<account>[^:]+):)?(?P<symbol>\w+)=(?P<leg>long|short):(?P<size>[0-9]{1,12}(?:\.[0-9]{1,12})?)"
_POSITION = re.compile(_LEG)
_MOVE = re.compile(_LEG + r"@(?P<time>[0-9]{1,6})(?P<unit>ms|s|m)")
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000}


class Held(NamedTuple):
    """A leg at the start, or `after_ms` later; of every account if `account` is None."""

    account: str | None
    symbol: str
    leg: str
    size: Decimal
    after_ms: int = 0


def held(text: str) -> Held:
    """`ETHUSDT=long:10` or `main:ETHUSDT=long:10`."""
    found = _POSITION.fullmatch(text)
    if not found:
        raise click.BadParameter(f"{text!r}: write ETHUSDT=long:10 or main:ETHUSDT=long:10")
    return Held(found["account"], found["symbol"].upper(), found["leg"], Decimal(found["size"]))


def moved(text: str) -> Held:
    """`ETHUSDT=short:10@6s` or `main:ETHUSDT=short:10@6s`."""
    found = _MOVE.fullmatch(text)
    if not found:
        raise click.BadParameter(f"{text!r}: write ETHUSDT=short:10@6s or main:ETHUSDT=short:10@6s")
    after_ms = int(found["time"]) * _UNITS_MS[found["unit"]]
    return Held(found["account"], found["symbol"].upper(), found["leg"], Decimal(found["size"]), after_ms)


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


class _Command(click.Command):
    """Its help ends with the faults."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write_text(
            "A fault is ENDPOINT:FAULT and options: how often it strikes (else always), p= the chance that it does, "
            "account= and symbol= whose requests it strikes, and those in brackets. FAULT=VALUE sets the first of "
            "them. The endpoint is the last part of its path, or * for all."
        )
        with formatter.section("Faults"):
            formatter.write_dl([(name, _told(kind)) for name, kind in FAULTS.items()])


def _told(kind: FaultKind) -> str:
    options = " ".join(f"{each}=" for each in kind.uses)
    return f"{kind.does} [{options}]" if options else kind.does


@click.command(cls=_Command)
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535),
              help="Where to listen, on this machine only.")  # fmt: skip
@click.option("--position", "legs", multiple=True, type=held, metavar="[ACCOUNT:]SYMBOL=LEG:SIZE",
              help="What is held at the start.  [default: ETHUSDT=long:10]")  # fmt: skip
@click.option("--move", "moves", multiple=True, type=moved, metavar="[ACCOUNT:]SYMBOL=LEG:SIZE@TIME",
              help="What is held after 500ms, 6s or 2m, as if moved by hand; the other leg is closed.")  # fmt: skip
@click.option("--mode", "modes", multiple=True, type=mode, metavar="ACCOUNT=MODE",
              help="hedge or one-way, instead of what config.yaml says.")  # fmt: skip
@click.option("--fault", "faults", multiple=True, type=fault, metavar="ENDPOINT:FAULT",
              help="Such as click-backhand:drop-reply:1; listed below.")  # fmt: skip
@click.pass_obj
def simulator(
    config: str,
    port: int,
    legs: tuple[Held, ...],
    moves: tuple[Held, ...],
    modes: tuple[tuple[str, PositionMode], ...],
    faults: tuple[Fault, ...],
) -> None:
    """Simulate Bitget for the accounts of config.yaml that say `venue: simulator`.

    Its keys are the accounts' names, with the secret and the passphrase "simulator". It trades the symbols of
    config.yaml beside its own.
    """
    simulated, contracts = _outlined(config)
    accounts = dict(simulated) | dict(modes)
    settings = _settings(accounts, contracts, legs or (held("ETHUSDT=long:10"),))
    _check(moves, "--move", settings)
    ended = _told_to_end()
    try:
        running = start_simulator(settings, port=port)
    except OSError as error:
        why = os.strerror(error.errno or 0)  # without the address that Python adds
        raise ExecutorError(f"port {port} cannot be used ({why}); choose another with --port") from error
    for each in faults:
        running.exchange.faults.add(each)
    for move in moves:
        running.move_later(move.account, move.symbol, {move.leg: move.size}, move.after_ms)
    _tell(running, settings)
    ended.wait()
    running.stop()


def _outlined(config: str) -> tuple[Mapping[str, PositionMode], tuple[Contract, ...]]:
    """The configuration's simulated accounts and symbols; one hedge account where it has none, or cannot be read."""
    try:
        found = outline(config, os.environ)
    except ConfigError as error:
        click.echo(f"config not used, simulating one hedge account called main: {error.complaints[0].text}", err=True)
        return {"main": PositionMode.HEDGE}, ()
    contracts = (Contract.declared(each.symbol, each.product_type, each.margin_coin) for each in found.markets)
    declared = tuple(contract for contract in contracts if contract.symbol not in KNOWN)
    return found.simulated or {"main": PositionMode.HEDGE}, declared


def _settings(
    accounts: Mapping[str, PositionMode], contracts: tuple[Contract, ...], legs: tuple[Held, ...]
) -> Settings:
    mine = tuple(_account(name, mode, legs) for name, mode in accounts.items())
    settings = Settings(accounts=mine, contracts=contracts)
    _check(legs, "--position", settings)
    return settings


def _check(legs: tuple[Held, ...], option: str, settings: Settings) -> None:
    """Whether the accounts and symbols of an option are there."""
    accounts = [account.key for account in settings.accounts]
    symbols = [contract.symbol for contract in settings.traded]
    for leg in legs:
        if leg.account not in (None, *accounts):
            raise click.UsageError(f"{option}: there is no account {leg.account!r}; there are {', '.join(accounts)}")
        if leg.symbol not in symbols:
            some = ", ".join(symbol for symbol in symbols if not symbol.startswith("SYM"))
            raise click.UsageError(
                f"{option}: {leg.symbol} is not traded here; there are {some}, and SYM0USDT to SYM999USDT. "
                "Others are traded once config.yaml declares them"
            )


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
