"""What all commands share: how they are found and how they end."""

import errno
from importlib.metadata import version

import click
import pytest

from executor.cli import COMMANDS, main
from executor.errors import ExecutorError
from tests.imports import imported_by

HELP = "from executor.cli import main; main(['--help'], standalone_mode=False)"


@pytest.fixture
def ending(monkeypatch):
    """A command that ends with an exception."""

    def end_with(error):
        def schema():
            raise error

        monkeypatch.setattr("executor.cli.schema.schema", click.command()(schema))

    return end_with


def test_help_names_every_command(run):
    listed = run("--help").output
    assert all(f"\n  {name} " in listed for name in COMMANDS)


def test_help_imports_no_command():
    imported = imported_by(HELP)
    assert "executor.cli" in imported
    assert {"sqlalchemy", "pydantic", "flask", "rich", "executor.config"}.isdisjoint(imported)


def test_version_is_the_installed_one(run):
    assert run("--version").output == f"executor {version('executor')}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(run, name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert main.get_command(None, name).help.partition("\n")[0] in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ExecutorError("no such thing"), 1, "executor: no such thing\n"),
        (click.UsageError("not so"), 2, "Error: not so"),
        (ZeroDivisionError("broken"), 3, "this is a bug; please report it"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_how_a_command_ends_is_its_exit_code(run, ending, error, code, words):
    ending(error)
    result = run("schema")
    assert result.exit_code == code
    assert words in result.stderr
    assert ("Traceback" in result.stderr) == (code == 3)


def test_a_reader_who_has_seen_enough_is_no_bug(run, ending):
    ending(BrokenPipeError(errno.EPIPE, "broken pipe"))
    assert "bug" not in run("schema").stderr
