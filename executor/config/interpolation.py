"""`${NAME}`, `${NAME:-default}` and `${file:/run/secrets/x}` in values, after parsing: a value never becomes YAML."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from executor.config.complaints import Path
from executor.config.files import Read, from_disk

MAX_FILE_BYTES = 64 * 1024
_REFERENCE = re.compile(r"\$\$\{|\$\{(?:file:(?P<file>[^}]+)|(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?)\}|\$\{")


def files_named(text: str) -> tuple[str, ...]:
    """The files that the references in a text name, each once."""
    return tuple({found["file"]: None for found in _REFERENCE.finditer(text) if found["file"]})


class Unresolved(Exception):
    """A reference leads nowhere."""


@dataclass(frozen=True)
class Interpolation:
    """Fills references from `environ` and from files beside `folder`, and remembers what came from outside."""

    environ: Mapping[str, str]
    folder: FilePath
    complain: Callable[[Path, str], None]
    read: Read = from_disk
    filled: dict[Path, tuple[str, ...]] = field(default_factory=dict)  # path → the parts that came from outside

    def resolve(self, value: Any, path: Path = ()) -> Any:
        """The same value with every reference replaced; what leads nowhere is complained about and stays."""
        if isinstance(value, dict):
            return {key: self.resolve(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, (*path, at)) for at, item in enumerate(value)]
        if isinstance(value, str) and "${" in value:
            return self._text(value, path)
        return value

    def _text(self, text: str, path: Path) -> str:
        outside: list[str] = []

        def replace(reference: re.Match[str]) -> str:
            if reference[0] == "$${":
                return "${"
            outside.append(self._look_up(reference))
            return outside[-1]

        try:
            resolved = _REFERENCE.sub(replace, text)
        except Unresolved as mistake:
            self.complain(path, str(mistake))
            return text
        if outside:
            self.filled[path] = tuple(outside)
        return resolved

    def _look_up(self, reference: re.Match[str]) -> str:
        if reference["file"]:
            return self._file(reference["file"])
        if not reference["name"]:
            raise Unresolved(
                "${ begins a reference: write ${NAME}, ${NAME:-default} or ${file:/path}; $${ is a plain ${"
            )
        name, default = reference["name"], reference["default"]
        value = self.environ.get(name) or default
        if value is None:
            state = "empty" if name in self.environ else "not set"
            raise Unresolved(f"the environment variable {name} is {state}; {_remedy(name)}")
        return value

    def _file(self, name: str) -> str:
        try:
            raw = self.read(self.folder / name, MAX_FILE_BYTES)
        except OSError as error:
            raise Unresolved(f"the file {name} cannot be read: {error.strerror}") from None
        if len(raw) > MAX_FILE_BYTES:
            raise Unresolved(f"the file {name} is larger than {MAX_FILE_BYTES // 1024} KiB")
        try:
            return raw.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Unresolved(f"the file {name} is not UTF-8 text") from None


def as_reference(written: str) -> str | None:
    """A value that is one reference and nothing else, as it may be shown: without its default, which may be secret."""
    found = _REFERENCE.fullmatch(written)
    if found is None or not (found["file"] or found["name"]):
        return None
    return f"${{file:{found['file']}}}" if found["file"] else f"${{{found['name']}}}"


def _remedy(name: str) -> str:
    if name.endswith("PASSWORD_HASH"):
        return f"make one with: executor password, and export {name}='…'"
    if "SECRET" in name and "API" not in name:
        return f"make one: export {name}=$(openssl rand -hex 16)"
    return f"set it, or give a default: ${{{name}:-…}}"
