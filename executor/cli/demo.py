"""executor demo: the whole executor against a simulated Bitget, told as six cases. Needs no keys and no network."""

import secrets
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from executor.cli.demo_cases import CASES, NOTHING, Case, Happened, carry_out
from executor.cli.demo_scene import Scene
from executor.cli.failing import KNOWN_FAILURE
from executor.cli.screen import console

Results = Sequence[tuple[Case, Happened]]


@click.command()
@click.option("--keep", is_flag=True, help="Leave it running until Ctrl-C, to send alerts by hand.")
def demo(keep: bool) -> None:
    """Show alerts becoming orders: real server, real HTTP, simulated exchange.

    Needs no keys and no network, and ends every process that it starts. Exits with 1 if a case goes other than
    announced.
    """
    with _ended_in_order(), tempfile.TemporaryDirectory(prefix="executor-demo-") as folder:
        console().print("Starting a simulated Bitget and the real server, on this machine only …", style="dim")
        wrong = _play(Path(folder), keep)
    if wrong:
        sys.exit(KNOWN_FAILURE)


def _play(folder: Path, keep: bool) -> list[str]:
    with Scene(folder, secrets.token_hex(16)) as scene:
        results = [(case, carry_out(case, scene)) for case in CASES]
        console().print(_story(results))
        wrong = _verdict(results, len(scene.journal()))
        if keep:
            _invite(scene)
            scene.wait()
    return wrong


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the demo as Ctrl-C does: with everything that it has started."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _story(results: Results) -> Group:
    parts: list[RenderableType] = [_columns([("", Text("announced", "bold"), Text("happened", "bold"))])]
    for number, (case, happened) in enumerate(results, 1):
        differs = happened.differs(case)
        mark = Text(f"✗ {number}", "bold red") if differs else Text(f"✓ {number}", "bold green")
        alert = f"strategy {case.alert['strategy']}, market_position {case.alert['market_position']}"
        parts.append(Text.assemble(mark, (f"  {case.title}", "bold"), ("\n     alert     ", "dim"), alert))
        parts += [_columns(_rows(case, happened, differs)), ""]
    return Group(*parts)


def _rows(case: Case, happened: Happened, differs: set[str]) -> Iterator[tuple[str, Text, Text]]:
    for name in ("answer", "sent", "position"):
        found = Text(getattr(happened.told, name), "bold red" if name in differs else "")
        yield name, Text(getattr(case.announced, name)), found
    if happened.seconds is not None:
        yield "time", Text(), Text(f"{happened.seconds * 1000:.1f} ms from alert to order", "cyan")


def _columns(rows: Iterable[tuple[str, Text, Text]]) -> Table:
    """Of one width for all cases, so that these stand below each other."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for width, style in ((13, "dim"), (30, ""), (31, "")):
        grid.add_column(width=width, style=style)
    for name, announced, happened in rows:
        grid.add_row(f"     {name}", announced, happened)
    return grid


def _verdict(results: Results, arrived: int) -> list[str]:
    """Say how it went; the titles of the cases that went wrong."""
    wrong = [case.title for case, happened in results if happened.differs(case)]
    expected = sum(case.announced.sent != NOTHING for case, _ in results)
    if arrived != expected:
        wrong.append(f"{expected} orders in all, {arrived} arrived")
    if wrong:
        console().print(Text(f"Not as announced: {'; '.join(wrong)}.", "bold red"))
    else:
        told = f"All {len(results)} cases went as announced. {len(results)} alerts, {arrived} orders at the exchange."
        console().print(Text(told, "green"))
    return wrong


def _invite(scene: Scene) -> None:
    click.echo(f"\nStill running; Ctrl-C ends it. Turn the first position back:\n\n{scene.curl()}\n")
    click.echo(f"and see what became of it:\n\n{_itself()} --config {scene.config} orders\n")


def _itself() -> str:
    """The command as it was called: a virtual environment's is not on the PATH."""
    called = Path(sys.argv[0])
    return shlex.quote(str(called)) if called.name == "executor" else "executor"
