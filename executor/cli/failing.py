"""How a command ends when it cannot do what it was asked: a sentence and a code, never a bare traceback."""

import errno
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from executor.errors import ExecutorError

KNOWN_FAILURE, BUG, INTERRUPTED = 1, 3, 130


@contextmanager
def told() -> Iterator[None]:
    """The broad except of the command line, at its top. click itself reports wrong usage (2)."""
    try:
        yield
    except ExecutorError as error:
        click.echo(f"executor: {error}", err=True)
        sys.exit(KNOWN_FAILURE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (click.exceptions.Exit, click.ClickException, click.Abort):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # the reader of our output has closed it; click ends quietly
        traceback.print_exc()
        click.echo("executor: this is a bug; please report it with the lines above", err=True)
        sys.exit(BUG)
