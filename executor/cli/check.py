"""executor check: everything that is wrong with config.yaml, and whether it does what its tests say."""

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click
from rich.table import Table
from rich.text import Text

from executor.cli.failing import KNOWN_FAILURE
from executor.cli.re_entries import missing_entries
from executor.cli.screen import console, table
from executor.cli.short_ages import short_ages
from executor.config import Complaint, ConfigError, RuleTestResult, load, run_tests


@click.command()
@click.pass_obj
def check(config: str) -> None:
    """Check config.yaml and run its tests."""
    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        _complain(error.complaints)
        sys.exit(KNOWN_FAILURE)
    results = run_tests(loaded, datetime.now(UTC))
    failed = [result for result in results if not result.passed]
    if results:
        console().print(_tried(results))
    rules = _count(len(loaded.book.rules), "rule")
    click.echo(f"\n{config}: {rules}, {_count(len(results), 'test')}, {len(failed)} failed")
    for note in (*short_ages(loaded), *missing_entries(loaded)):
        click.echo(f"note: {note}")
    if loaded.warnings:
        _complain(loaded.warnings)
    if failed or loaded.warnings:
        sys.exit(KNOWN_FAILURE)


def _complain(complaints: Sequence[Complaint]) -> None:
    for complaint in complaints:
        click.echo(complaint.text)
    click.echo(f"\n{_count(len(complaints), 'complaint')}", err=True)


def _tried(results: Sequence[RuleTestResult]) -> Table:
    shown = table("", "test")
    for result in results:
        mark = Text("✓", "green") if result.passed else Text("✗", "bold red")
        shown.add_row(mark, Text("\n").join([Text(result.name), *_differences(result)]))
    return shown


def _differences(result: RuleTestResult) -> Iterator[Text]:
    """What was expected and what was found instead, one below the other as a diff has them."""
    for difference in result.differences:
        yield Text(f"  - {difference.key}: {difference.expected}", "green")
        yield Text(f"  + {difference.key}: {difference.found}", "red")
    if result.differences and result.why:
        yield Text(f"  because: {result.why}", "dim")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
