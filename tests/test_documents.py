"""The pages for people name what is there."""

import re
from pathlib import Path

import pytest

from executor.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "tests/README.md", "tests/bench/README.md")
PATH = re.compile(r"`((?:executor|tests|deploy|\.ci)/[\w./-]*)`|\]\(((?!http)[^)]+)\)")
MODULE = re.compile(r"python -m (tests[\w.]*)")


def text(page: str) -> str:
    return (ROOT / page).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_named_files_exist(page: str) -> None:
    named = {shown or str(Path(page).parent / linked) for shown, linked in PATH.findall(text(page))}
    modules = {module.replace(".", "/") for module in MODULE.findall(text(page))}
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert [name for name in modules if not (ROOT / name).is_dir() and not (ROOT / f"{name}.py").exists()] == []


def test_readme_lists_every_command() -> None:
    named = set(re.findall(r"^\| `executor (\w+)", text("README.md"), re.M)) | {"show", "resume"}
    assert named == set(COMMANDS)


def test_readme_has_two_commands_for_the_gate() -> None:
    commands = [line for line in text("README.md").splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all("-c deploy/constraints.txt" in command for command in commands)
