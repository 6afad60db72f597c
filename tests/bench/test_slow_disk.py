"""The simulated disk: as slow as it says, for the process that was started."""

import shutil
import subprocess
import sys

import pytest

from tests.bench.slow_disk import slow_disk

SYNC = """
import os, time
with open("file", "w") as file:
    before = time.monotonic()
    os.fsync(file.fileno())
print(os.getpid(), time.monotonic() - before)
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: apt-get install strace")
def test_every_sync_takes_longer(tmp_path):
    command = [*slow_disk(200), sys.executable, "-c", SYNC]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        pid, seconds = process.stdout.read().split()
    assert float(seconds) >= 0.2
    assert int(pid) == process.pid, "signals reach the process itself"


def test_missing_strace_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="apt-get install strace"):
        slow_disk(10)
