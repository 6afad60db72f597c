"""Commands as a person runs them."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from executor.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def secret():
    return secrets.token_hex(16)


@pytest.fixture
def run(tmp_path, secret, monkeypatch):
    """Run a command in a folder of its own that holds the shipped config.yaml."""
    (tmp_path / "config.yaml").write_text((ROOT / "config.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALERT_SECRET", secret)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words, stdin=None):
        return CliRunner().invoke(main, words, input=stdin)

    return run


@pytest.fixture
def started():
    """Start a command as a process of its own; it is ended with the test."""
    processes = []

    def start(*words, module="executor", **environ):
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            env=os.environ | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that what it leaves behind can be found
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
