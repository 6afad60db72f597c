"""Keeps a process under test on this machine's loopback and out of the person's home.

`guard()` refuses each trespass, says so on stderr, and notes it in the file that the environment names. The root
conftest fails the test that it happened in. sitecustomize.py beside this module guards the processes that tests start.
"""

import os
import pwd
import socket
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

NOTES = "EXECUTOR_TEST_TRESPASSES"  # names the file, in the environment
ROOT = Path(__file__).resolve().parents[2]
HOME = pwd.getpwuid(os.getuid()).pw_dir  # $HOME may say otherwise
HIDDEN = os.path.join(HOME, ".")  # settings, keys and caches of the person who runs the tests
ALLOWED = tuple(f"{folder}{os.sep}" for folder in (ROOT, sys.prefix, sys.base_prefix))
NO_NAME = ".invalid"  # such names never exist (RFC 6761)
INTERNET = (socket.AF_INET, socket.AF_INET6)


class Trespass(PermissionError):
    """What a test does to the network or to a home; an OSError, so that it can end where a refusal would."""


def guard() -> None:
    """Watch this process for as long as it lives: Python's audit hooks cannot be taken away."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    judge = JUDGES.get(event)
    sentence = judge(*arguments) if judge else None
    if sentence:
        _note(sentence)
        raise Trespass(sentence)


def _connecting(connection: socket.socket, address: Any) -> str | None:
    if connection.family not in INTERNET or _is_loopback(address[0]):
        return None
    return f"a connection to {address[0]} port {address[1]}: tests stay on loopback, so start a stand-in there"


def _resolving(host: Any, *_: Any) -> str | None:
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name == "localhost" or name.endswith(NO_NAME) or _is_number(name):
        return None
    return f"the name {name} was looked up: tests ask no name server, so use 127.0.0.1 or localhost"


def _opening(path: Any, *_: Any) -> str | None:
    name = "" if isinstance(path, int) else os.fsdecode(path)
    if not name.startswith(HIDDEN) or name.startswith(ALLOWED):
        return None
    return f"{name} was opened: tests read nothing from the home of the person who runs them, so use tmp_path"


JUDGES: dict[str, Callable[..., str | None]] = {
    "socket.connect": _connecting,
    "socket.sendto": _connecting,
    "socket.getaddrinfo": _resolving,
    "socket.gethostbyname": _resolving,
    "open": _opening,
}


def _is_number(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if not _is_number(host):
        return host in ("", "localhost")
    address = ip_address(host.partition("%")[0])
    return address.is_loopback or address.is_unspecified


def _note(sentence: str) -> None:
    print(f"not allowed in tests: {sentence}", file=sys.stderr)
    if file := os.environ.get(NOTES):
        with open(file, "a") as notes:
            notes.write(f"{sentence}\n")
