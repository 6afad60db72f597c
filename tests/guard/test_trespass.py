"""A trespass is refused, and the test that it happens in fails, in its own process and in those that it starts."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guard.trespass import HIDDEN, NOTES, ROOT

CONNECT = "import socket; socket.create_connection(('192.0.2.7', 443), 5)"
HOME = "from pathlib import Path; print(Path.home())"
SWALLOWED = """
import socket
import pytest

def test_swallowed():
    with pytest.raises(OSError):
        socket.create_connection(("192.0.2.7", 443), 5)
"""


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """A file of its own for what a test does on purpose."""
    monkeypatch.setenv(NOTES, str(tmp_path / "notes"))
    return tmp_path / "notes"


def connect(family, address):
    with socket.socket(family) as connection:
        connection.connect(address)


def send_datagram():
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", ("192.0.2.7", 53))


@pytest.mark.parametrize(
    ("trespass", "words"),
    [
        (lambda: connect(socket.AF_INET, ("192.0.2.7", 443)), "192.0.2.7 port 443"),
        (lambda: connect(socket.AF_INET6, ("2001:db8::7", 443)), "2001:db8::7 port 443"),
        (send_datagram, "192.0.2.7 port 53"),
        (lambda: socket.create_connection(("api.bitget.com", 443), 5), "api.bitget.com was looked up"),
        (lambda: Path(f"{HIDDEN}netrc").read_text(), "netrc was opened"),
    ],
    ids=["IPv4", "IPv6", "datagram", "name", "home"],
)
def test_trespass_is_refused_and_noted(notes, trespass, words):
    with pytest.raises(PermissionError, match=words):
        trespass()
    assert words in notes.read_text()


def test_processes_of_tests_are_guarded(notes):
    process = subprocess.run([sys.executable, "-c", CONNECT], capture_output=True, text=True)
    assert process.returncode == 1
    assert "not allowed in tests: a connection to 192.0.2.7 port 443" in process.stderr
    assert "192.0.2.7 port 443" in notes.read_text()


def test_home_is_a_folder_of_the_tests():
    home = Path(subprocess.run([sys.executable, "-c", HOME], capture_output=True, text=True).stdout.strip())
    assert home.parent.name.startswith("test-home-")


def test_trespass_fails_its_test(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest('pytest_plugins = ["tests.guard.plugin"]')
    pytester.makepyfile(SWALLOWED)
    outcome = pytester.runpytest_subprocess()
    outcome.assert_outcomes(passed=1, errors=1)
    outcome.stdout.fnmatch_lines(["*a connection to 192.0.2.7 port 443: tests stay on loopback*"])
