"""The configuration in force, for the worker that follows one that dies: by then its files may be a broken draft."""

import mmap
import time
import zlib
from collections.abc import Mapping
from pathlib import Path

MOST_BYTES = 64 * 1024 * 1024  # of addresses; it takes as much memory as is written
_SUM_BYTES, _LENGTH_BYTES = 4, 8
_HEAD_BYTES = _SUM_BYTES + _LENGTH_BYTES
TRIES = 10


class LastGood:
    """What a configuration was loaded from, in memory that the processes forked after this was made share. Never on
    disk; gone with the last of them. What was only half written when its process died counts as nothing.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, MOST_BYTES)
        if hasattr(mmap, "MADV_DONTDUMP"):
            self._memory.madvise(mmap.MADV_DONTDUMP)  # it holds secrets, and the master has no others

    def keep(self, files: Mapping[Path, bytes]) -> None:
        import json  # here, so that the master need not load it

        text = json.dumps({str(file): content.decode("latin-1") for file, content in files.items()}).encode()
        length = len(text).to_bytes(_LENGTH_BYTES)
        whole = _sum(length + text) + length + text
        if len(whole) > MOST_BYTES:
            whole = bytes(_HEAD_BYTES)  # better nothing than what was in force before
        rest = self._length() + _HEAD_BYTES - len(whole)
        self._memory[: len(whole)] = whole
        if rest > 0:
            self._memory[len(whole) : len(whole) + rest] = bytes(rest)  # it may hold a secret that was replaced

    def files(self) -> dict[Path, bytes]:
        """Empty if nothing was kept."""
        import json

        for _ in range(TRIES):
            head = self._memory[:_HEAD_BYTES]
            text = self._memory[_HEAD_BYTES : _HEAD_BYTES + self._length()]
            if _sum(head[_SUM_BYTES:] + text) == head[:_SUM_BYTES]:
                return {Path(file): content.encode("latin-1") for file, content in json.loads(text).items()}
            if not any(head):
                break
            time.sleep(0.01)  # another process may be writing just now
        return {}

    def _length(self) -> int:
        """Of what is kept; no more than there is room for, also if that is half written."""
        return min(int.from_bytes(self._memory[_SUM_BYTES:_HEAD_BYTES]), MOST_BYTES - _HEAD_BYTES)


def _sum(text: bytes) -> bytes:
    return zlib.crc32(text).to_bytes(_SUM_BYTES)


_shared: LastGood | None = None


def share() -> None:
    """Make the one that this process shares with those it will fork. A server calls it once, in its master."""
    global _shared
    _shared = LastGood()


def shared() -> LastGood | None:
    """What a server's processes share. None without a server: then no process follows this one."""
    return _shared
