"""What a configuration names, whatever else is wrong with it: a halt must not wait for a secret or a corrected rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from executor.config.complaints import Complaint, ConfigError
from executor.config.model import Root
from executor.config.source import Source


@dataclass(frozen=True)
class Outline:
    """Where the ledger is, and the names of the accounts and symbols."""

    ledger_url: str = field(repr=False)
    accounts: tuple[str, ...]
    symbols: tuple[str, ...]


def outline(path: str | PathLike[str], environ: Mapping[str, str]) -> Outline:
    """Raises ConfigError if the file cannot be read as YAML, or does not say where the ledger is."""
    source = Source.read(Path(path), environ)
    hindering = tuple(complaint for complaint in source.verdict() if complaint.path in ("", "ledger"))
    if hindering or not isinstance(source.data, dict):
        raise ConfigError(hindering or [Complaint(source.file, 1, "", "the file holds no configuration")])
    default = Root.model_fields["ledger"].default.get_secret_value()
    url = source.data.get("ledger", default)
    return Outline(str(url), _names(source.data, "accounts"), _names(source.data, "symbols"))


def _names(data: Mapping[str, Any], section: str) -> tuple[str, ...]:
    named = data.get(section)
    return tuple(map(str, named)) if isinstance(named, dict) else ()
