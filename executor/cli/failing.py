"""How a command ends when it cannot do what it was asked: one sentence and a code, never a bare traceback."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from executor.errors import ExecutorError

KNOWN_FAILURE, BUG, INTERRUPTED = 1, 3, 130


@contextmanager
def told() -> Iterator[None]:
    """The broad except of the command line, at its top."""
    try:
        yield
    except ExecutorError as error:
        click.echo(f"executor: {error}", err=True)
        sys.exit(KNOWN_FAILURE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (click.exceptions.Exit, click.ClickException, click.Abort):
        raise
    except Exception:  # noqa: BLE001 - told as what it is: a bug
        traceback.print_exc()
        click.echo("executor: this is a bug; please report it with the lines above", err=True)
        sys.exit(BUG)


class Group(click.Group):
    """A group whose commands end by `told`."""

    def invoke(self, context: click.Context) -> Any:
        with told():
            return super().invoke(context)
