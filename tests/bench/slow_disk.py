"""A disk on which every fsync takes longer, as on cheap servers.

strace delays the calls. It is a package of every Linux distribution and needs neither a compiler nor root; SQLite's own
settings stay as they are. Only the delayed calls are stopped, so the rest of the process runs at its own speed.
"""

import shutil

SYNCS = "fsync,fdatasync"


def slow_disk(milliseconds):
    """The command under which a process finds such a disk; the process keeps the command's id."""
    strace = shutil.which("strace")
    if strace is None:
        raise RuntimeError("a slow disk is simulated with strace, which is not installed: apt-get install strace")
    delay = f"inject={SYNCS}:delay_exit={milliseconds * 1000}"
    options = ["--daemonize", "--follow-forks", "--seccomp-bpf", "--quiet=all", "--output=/dev/null"]
    return [strace, *options, f"--trace={SYNCS}", "-e", delay]
