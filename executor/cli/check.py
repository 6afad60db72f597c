"""executor check: everything that is wrong with config.yaml, and whether it does what its tests say."""

import os
import sys
from datetime import UTC, datetime

import click

from executor.cli.failing import KNOWN_FAILURE


@click.command()
@click.pass_obj
def check(config: str) -> None:
    """Check config.yaml and run its tests."""
    from executor.config import ConfigError, load, run_tests

    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        click.echo(str(error))
        count = len(error.complaints)
        click.echo(f"\n{count} complaint{'s' if count > 1 else ''}", err=True)
        sys.exit(KNOWN_FAILURE)
    results = run_tests(loaded, datetime.now(UTC))
    for result in results:
        click.echo(result.text)
    failed = sum(not result.passed for result in results)
    rules = len(loaded.book.rules)
    click.echo(f"\n{config}: {rules} rules, {len(results)} tests, {failed} failed (digest {loaded.digest[:12]})")
    if failed:
        sys.exit(KNOWN_FAILURE)
