"""The version that is installed, as pyproject.toml had it."""

from functools import cache
from importlib.metadata import version


@cache
def installed_version() -> str:
    return version("executor")
