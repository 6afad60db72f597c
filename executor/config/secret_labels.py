"""What senders' secrets are called where they must not be shown."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from executor.config.interpolation import as_reference
from executor.config.source import Source


def secret_labels(path: str | PathLike[str], environ: Mapping[str, str]) -> Mapping[tuple[str, int], str]:
    """(sender, index) → `${NAME}` as the file refers to it, without a default; or the line on which it is written."""
    source = Source.read(Path(path), environ)
    return {
        (str(place[1]), int(place[3])): as_reference(mark.written or "") or f"line {mark.line}"
        for place, mark in source.marks.items()
        if len(place) == 4 and place[0] == "senders" and place[2] == "secrets"
    }
