"""What commands print: tables and facts that stay readable at 80 columns and without colour."""

from rich.console import Console
from rich.table import Table

from executor.core.order import State

STYLES = {
    State.CONFIRMED: "green",
    State.UNNEEDED: "dim",
    State.SUPERSEDED: "dim",
    State.QUEUED: "cyan",
    State.SENT: "cyan",
    State.ACCEPTED: "cyan",
    State.IN_DOUBT: "yellow",
}


def console() -> Console:
    return Console(soft_wrap=False, highlight=False)


def table(*columns: str) -> Table:
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def styled(state: State) -> str:
    style = STYLES.get(state, "red")
    return f"[{style}]{state}[/{style}]"
