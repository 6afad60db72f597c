"""How the files of a configuration are read."""

from collections.abc import Callable
from pathlib import Path

Read = Callable[[Path, int], bytes]


def from_disk(file: Path, most_bytes: int) -> bytes:
    """Up to `most_bytes` bytes, and one more if the file is larger. Raises OSError."""
    with open(file, "rb") as opened:
        return opened.read(most_bytes + 1)
