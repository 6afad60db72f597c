"""executor password: the operator's password becomes the hash that config.yaml holds."""

import sys

import click
from werkzeug.security import generate_password_hash

from executor.config import HASHED_BY, weakness
from executor.errors import ExecutorError

SHORTEST = 12


@click.command()
def password() -> None:
    """Ask for the operator's password and print its hash, for `operator:` in config.yaml."""
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    if weak := weakness(given, SHORTEST):
        raise ExecutorError(f"this password cannot be used: {weak}")
    click.echo(generate_password_hash(given, HASHED_BY))
    if sys.stdout.isatty():
        click.echo("Keep it as OPERATOR_PASSWORD_HASH, in single quotes: it holds dollar signs.", err=True)
