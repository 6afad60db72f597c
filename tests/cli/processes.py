"""What tests say and ask of a command that runs as a process of its own."""

import os

import pytest


def until(process, words):
    """What it says up to these words."""
    told = ""
    for line in process.stdout:
        told += line
        if words in line:
            return told
    raise AssertionError(f"it ended without saying {words!r}:\n{told}")


def nothing_is_left_of(process):
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
