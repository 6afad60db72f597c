"""What is wrong with a configuration file, said all at once: where, what was found, and what would be right."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from executor.errors import ExecutorError

Path = tuple[str | int, ...]
_PLAIN_KEY = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One mistake. `line` counts from 1; `path` is dotted (`rules[2].reversal.size`), empty for the whole file."""

    file: str
    line: int
    path: str
    message: str

    @property
    def text(self) -> str:
        return "  ".join(part for part in (f"{self.file}:{self.line}", self.path, self.message) if part)


class ConfigError(ExecutorError):
    """The configuration cannot be used; `complaints` holds every reason, in the order of the file."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(complaint.text for complaint in self.complaints))


def dotted(path: Path) -> str:
    """A path for people: `rules[2].when["bar.close"].gt`."""
    return "".join(map(_step, path)).removeprefix(".")


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f'["{key}"]'


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """`; did you mean 'gt'?` if one of `known` is close, else the list of them, else nothing."""
    names = sorted(known)
    if close := difflib.get_close_matches(found, names, n=1):
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(names[:20])}{' …' if len(names) > 20 else ''}" if names else ""
