"""The configuration in force, for the worker that follows one that dies: by then its files may be a broken draft."""

import hashlib
import json
import mmap
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path

MOST_BYTES = 64 * 1024 * 1024  # of addresses; it takes as much memory as is written
_DIGEST_BYTES, _LENGTH_BYTES = 32, 8
_HEAD_BYTES = _DIGEST_BYTES + _LENGTH_BYTES


class LastGood:
    """What a configuration was loaded from, in memory that the processes forked after this was made share. Never on
    disk; gone with the last of them. What was only half written when its process died counts as nothing.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, MOST_BYTES)

    def keep(self, files: Mapping[Path, bytes]) -> None:
        text = json.dumps({str(file): content.decode("latin-1") for file, content in files.items()}).encode()
        length = len(text).to_bytes(_LENGTH_BYTES)
        whole = hashlib.sha256(length + text).digest() + length + text
        if len(whole) <= MOST_BYTES:
            self._memory[: len(whole)] = whole

    def files(self) -> dict[Path, bytes]:
        """Empty if nothing was kept."""
        digest, length = self._memory[:_DIGEST_BYTES], self._memory[_DIGEST_BYTES:_HEAD_BYTES]
        text = self._memory[_HEAD_BYTES : _HEAD_BYTES + int.from_bytes(length)]
        if hashlib.sha256(length + text).digest() != digest:
            return {}
        return {Path(file): content.encode("latin-1") for file, content in json.loads(text).items()}


# What a server's workers share; an application without such a server has nobody to leave anything to.
SHARED: ContextVar[LastGood | None] = ContextVar("the last good configuration", default=None)
