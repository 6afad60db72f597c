"""config.yaml → Config, or a ConfigError that holds every complaint."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path as FilePath
from typing import Any

from executor.config.compile import AccountConfig, SymbolConfig, compile_blocks
from executor.config.complaints import Complaint, ConfigError, Path
from executor.config.files import Read, from_disk
from executor.config.model import OperatorSection, Proxies, Root, RuleTest
from executor.config.source import Source, is_secret
from executor.config.validate import validate
from executor.core.rules import RuleBook
from executor.core.sender import Sender


@dataclass(frozen=True)
class Config:
    """A configuration that holds. `digest` tells two apart: SHA-256, hexadecimal; secrets go into it as hashes only.

    `warnings` are complaints that do not keep it from being used.
    """

    model: Root = field(repr=False)
    digest: str
    book: RuleBook = field(repr=False)
    accounts: Mapping[str, AccountConfig] = field(repr=False)
    senders: Mapping[str, Sender] = field(repr=False)
    symbols: Mapping[str, SymbolConfig] = field(repr=False)
    warnings: tuple[Complaint, ...] = ()

    @property
    def ledger_url(self) -> str:
        return self.model.ledger.get_secret_value()

    @property
    def proxies(self) -> Proxies:
        written = self.model.proxies
        return written if isinstance(written, Proxies) else Proxies.model_construct(hops=written)

    @property
    def operator(self) -> OperatorSection | None:
        return self.model.operator

    @property
    def tests(self) -> tuple[RuleTest, ...]:
        return tuple(self.model.tests)


def load(path: str | PathLike[str], environ: Mapping[str, str], read: Read = from_disk) -> Config:
    """The configuration in the file. ConfigError lists all that is wrong; nothing is connected to or created."""
    source = Source.read(FilePath(path), environ, read)
    config = None if source.unreadable else _config(source)
    complaints = source.verdict()
    if complaints or config is None:
        raise ConfigError(complaints)
    return config


def _config(source: Source) -> Config | None:
    """None if the model did not hold; the complaints tell whether it can be used."""
    root, blocks = validate(source)
    parts = compile_blocks(source, blocks)
    if root is None:
        return None
    warnings = tuple(source.warnings)
    return Config(root, _digest(source), parts.book, parts.accounts, parts.senders, parts.symbols, warnings)


def _digest(source: Source) -> str:
    leaves = [(path, _hidden(value) if _hide(source, path) else value) for path, value in _leaves(source.data, ())]
    return hashlib.sha256(json.dumps(sorted(leaves, key=repr)).encode()).hexdigest()


def _hide(source: Source, path: Path) -> bool:
    return is_secret(path) or path in source.filled


def _hidden(value: Any) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    else:
        yield path, value
