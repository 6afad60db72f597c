"""How the bytes of a configuration's files are come by."""

from collections.abc import Callable
from pathlib import Path

Read = Callable[[Path, int], bytes]


def from_disk(file: Path, most_bytes: int) -> bytes:
    """So many bytes and perhaps one more, which tells that there are more. Raises OSError."""
    with open(file, "rb") as opened:
        return opened.read(most_bytes + 1)
