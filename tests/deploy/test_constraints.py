"""deploy/constraints.txt: what is installed is what was tested."""

import re
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXACT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.!+]*")


def normal(name: str) -> str:
    """As the package index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> list[str]:
    lines = (ROOT / "deploy/constraints.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def needed() -> set[str]:
    """The names of the packages that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    names = (re.match(r"[\w.-]+", line) for line in chain(project["dependencies"], extras))
    return {normal(name[0]) for name in names if name} - {"executor"}


def test_constraints_are_exact_versions_alone() -> None:
    assert [line for line in constraints() if not EXACT.fullmatch(line)] == []


def test_every_dependency_is_constrained() -> None:
    assert needed() - {normal(line.partition("==")[0]) for line in constraints()} == set()
