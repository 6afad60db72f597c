"""A home that is empty, and a failure for every test that leaves this machine or opens the person's own home."""

import atexit
import os
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest

from tests.guard.trespass import NOTES, guard

HERE = str(Path(__file__).parent)
guard()


def pytest_configure() -> None:
    folder = mkdtemp(prefix="test-home-")
    atexit.register(rmtree, folder, ignore_errors=True)  # xdist's processes end without pytest's own clean-up
    home, notes = Path(folder, "home"), Path(folder, "trespasses")
    home.mkdir()
    notes.touch()
    os.environ |= {"HOME": str(home), NOTES: str(notes), "PYTHONPATH": _first(HERE)}


def _first(folder: str) -> str:
    """PYTHONPATH with this folder before all others."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join([folder, *(other for other in others if other not in ("", folder))])


@pytest.fixture(autouse=True)
def stays_here() -> Iterator[None]:
    """Fail if this test, or a process that it has started, leaves loopback or opens the real home."""
    notes = Path(os.environ[NOTES])
    before = notes.stat().st_size
    yield
    with notes.open() as file:
        file.seek(before)
        trespasses = file.read()
    if trespasses:
        pytest.fail(f"not allowed in tests:\n{trespasses}", pytrace=False)
