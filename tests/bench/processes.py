"""The processes of a run: started apart from the terminal, measured from /proc, ended by their ids."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Process:
    """A Python module that runs with its children until `stop`. What it prints goes into `log`.

    `under` is a command that runs it and leaves it its id.
    """

    def __init__(self, log, arguments, environ=None, under=()):
        self.log = log
        self.started = time.monotonic()
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [*under, sys.executable, "-m", *arguments],
                cwd=ROOT, env=os.environ | (environ or {}), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,  # Ctrl-C is for us alone: we end it in order
            )  # fmt: skip

    def wait_until(self, ready, limit_seconds=120):
        """Seconds from the start until `ready()`, which may raise OSError before."""
        while time.monotonic() - self.started < limit_seconds:
            try:
                if ready():
                    return time.monotonic() - self.started
            except OSError:
                pass
            if self._popen.poll() is not None:
                break
            time.sleep(0.005)
        raise RuntimeError(f"it did not start: {self.log.read_text()[-2000:]}")

    def cpu_seconds(self):
        """What the processes that live now have used, to the nanosecond (Linux: CPUCLOCK_SCHED of a process)."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self._family())

    def memory_mb(self):
        """Resident memory, each process by itself."""
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self._family())
        lines = (line for rollup in rollups for line in rollup.splitlines())
        return sum(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024

    def stop(self):
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(30)
        except subprocess.TimeoutExpired:
            for pid in self._family():
                os.kill(pid, signal.SIGKILL)
            self._popen.wait()

    def _family(self):
        """Its id and its children's."""
        pid = self._popen.pid
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
