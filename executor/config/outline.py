"""The names in a configuration, also if it has mistakes: a halt must not wait for a secret or a corrected rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from executor.config.complaints import Complaint, ConfigError
from executor.config.model import Root
from executor.config.source import Source
from executor.core import Market, PositionMode


@dataclass(frozen=True)
class Outline:
    """Where the ledger is, and what the accounts and symbols are called; `simulated` has the mode of those accounts
    whose venue is the simulator, `markets` the symbols that say what they are.
    """

    ledger_url: str = field(repr=False)
    accounts: tuple[str, ...]
    symbols: tuple[str, ...]
    simulated: Mapping[str, PositionMode]
    markets: tuple[Market, ...]


def outline(path: str | PathLike[str], environ: Mapping[str, str]) -> Outline:
    """Raises ConfigError if the file cannot be read as YAML, or does not say where the ledger is."""
    source = Source.read(Path(path), environ)
    hindering = tuple(complaint for complaint in source.verdict() if complaint.path in ("", "ledger"))
    if hindering or not isinstance(source.data, dict):
        raise ConfigError(hindering or [Complaint(source.file, 1, "", "the file holds no configuration")])
    default = Root.model_fields["ledger"].default.get_secret_value()
    url = source.data.get("ledger", default)
    accounts, symbols = (_section(source.data, name) for name in ("accounts", "symbols"))
    simulated = dict(_simulated(accounts))
    return Outline(str(url), tuple(map(str, accounts)), tuple(map(str, symbols)), simulated, tuple(_markets(symbols)))


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _simulated(accounts: Mapping[str, Any]) -> Iterator[tuple[str, PositionMode]]:
    for name, account in accounts.items():
        if isinstance(account, dict) and account.get("venue") == "simulator":
            mode = account.get("position_mode")
            yield str(name), PositionMode(mode) if mode in list(PositionMode) else PositionMode.HEDGE


def _markets(symbols: Mapping[str, Any]) -> Iterator[Market]:
    for name, symbol in symbols.items():
        found = symbol if isinstance(symbol, dict) else {}
        product_type, margin_coin = found.get("product_type"), found.get("margin_coin")
        if isinstance(product_type, str) and isinstance(margin_coin, str):
            yield Market(str(name), product_type, margin_coin)
