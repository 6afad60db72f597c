"""A group of commands each of which is imported when it is called: `executor --help` waits for none of them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from executor.cli.failing import told


class Group(click.Group):
    """`lazy`: a command's name → the module that holds it under that name, and its line in the list of commands."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._lazy = lazy

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in self._lazy:
            return None
        module, _help = self._lazy[name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_module, line) in self._lazy.items()])

    def invoke(self, context: click.Context) -> Any:
        with told():
            return super().invoke(context)
