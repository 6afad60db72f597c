"""What a process that serves asks of its system: one heap, and many files."""

import contextlib
import ctypes
import resource

FILES = 8192  # many systems give a process 1024, unless it asks for more
M_ARENA_MAX = -8  # glibc's malloc.h


def share_one_heap() -> None:
    """glibc gives up to eight threads a processor a heap each, which holds on to what it once had: 6 MB here. Only one
    thread runs Python at a time, so one heap is enough. Other libraries of C may not know of it.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def allowed_files() -> int:
    """How many files this process may open, once it has asked for FILES."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < FILES:
        soft = FILES if hard == unlimited else min(FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return FILES if soft == unlimited else soft
