"""python -m tests.bench: how fast the executor is, beside a bare Flask view that runs in turn with it."""

import json
import signal
import sys
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from tests.bench.ledgers import Ledgers
from tests.bench.parts import PARTS
from tests.bench.report import machine, markdown, tables
from tests.bench.results import lost_in, results_of, to_json
from tests.bench.rounds import Rounds


def _names(_context, _parameter, value):
    names = value.split(",") if value else list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        raise click.BadParameter(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return [name for name in PARTS if name in names]


@click.command(context_settings={"max_content_width": 100})
@click.option("--only", "names", callback=_names, metavar="PART,…", help=f"Of {', '.join(PARTS)}.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Medians are taken over them.")
@click.option("--quick", is_flag=True, help="One round of a quarter of the alerts: does it run at all?")
@click.option("--idle", default=20.0, show_default=True, help="Seconds without an alert before the part `idle`.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write every round's figures there.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as the README shows it.")
def main(names, rounds, quick, idle, json_file, as_markdown):
    """Measure the executor and, in turn with it, the floor. Fails if an alert is lost."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with us
    measured = machine()
    told = Console(stderr=True, highlight=False)
    if quick:
        rounds, idle = 1, min(idle, 5.0)
    with Ledgers() as ledgers:
        tell = partial(told.print, style="dim", markup=False)
        found = Rounds(ledgers, idle, 0.25 if quick else 1.0, tell).run(names, rounds)
    results = results_of(found)
    if json_file:
        summary = {"measured": measured, "figures": [to_json(result) for result in results], "rounds": found}
        json_file.write_text(json.dumps(summary, indent=1))
    if as_markdown:
        click.echo(f"{measured}, the median of {rounds} round{'s' * (rounds > 1)}:\n\n{markdown(results)}")
    else:
        for each in tables(results):
            Console(highlight=False).print(each, "")
    if lost := lost_in(found):
        raise click.ClickException(f"alerts were lost in {', '.join(sorted(lost))}")


if __name__ == "__main__":
    main()
