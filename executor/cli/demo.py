"""executor demo: the whole executor against a simulated Bitget, told as six cases. Needs no keys and no network."""

import secrets
import sys
import tempfile
from pathlib import Path

import click

from executor.cli.demo_cases import CASES, Case, Happened, carry_out
from executor.cli.demo_scene import Scene
from executor.cli.failing import KNOWN_FAILURE
from executor.cli.screen import console, table


@click.command()
@click.option("--keep", is_flag=True, help="Leave it running until Ctrl-C, to send alerts by hand.")
def demo(keep: bool) -> None:
    """Show alerts becoming orders: real server, real HTTP, simulated exchange."""
    screen = console()
    screen.print("Starting a simulated Bitget (ETHUSDT: long 10; long 20; long 5) and the real server under gunicorn …")
    with (
        tempfile.TemporaryDirectory(prefix="executor-demo-") as folder,
        Scene(Path(folder), secrets.token_hex(16)) as scene,
    ):
        happened = [(case, carry_out(case, scene)) for case in CASES]
        _tell(happened)
        if keep:
            screen.print(
                f"\nStill running. Try this (Ctrl-C ends it):\n\n{scene.curl()}\n", soft_wrap=True, markup=False
            )
            scene.wait()
    wrong = [case.title for case, outcome in happened if outcome.differences]
    if wrong:
        screen.print(f"[red]not as announced:[/red] {'; '.join(wrong)}")
        sys.exit(KNOWN_FAILURE)
    screen.print(f"[green]All {len(CASES)} cases went as announced.[/green]")


def _tell(happened: list[tuple[Case, Happened]]) -> None:
    shown = table("", "alert", "what left for the exchange", "position")
    for number, (case, outcome) in enumerate(happened, 1):
        mark = "[red]✗[/red]" if outcome.differences else "[green]✓[/green]"
        shown.add_row(
            f"{mark} {number}", f"[bold]{case.title}[/bold]\n{outcome.alert}", outcome.request, outcome.position
        )
        for difference in outcome.differences:
            shown.add_row("", f"[red]{difference}[/red]")
        shown.add_row()
    console().print(shown)
