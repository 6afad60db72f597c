"""What commands print: tables and facts that stay readable at 80 columns and without colour.

What comes from outside (names, reasons, alerts) is Text, never markup: its brackets are its own.
"""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

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
    return Console(highlight=False)


def table(*columns: str) -> Table:
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def facts(rows: Iterable[tuple[str, RenderableType]], indent: int = 2) -> RenderableType:
    """Names and what they are, one a line; long values continue under their beginning."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(_visible(name)), Text(_visible(value)) if isinstance(value, str) else value)
    return Padding(grid, (0, 0, 0, indent), expand=False)


def _visible(text: str) -> str:
    """With escapes for what would act on the terminal: an alert's text may colour, hide and overwrite."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def plain(value: Any) -> str:
    """A field of an alert for people: text and numbers as they are, everything else as JSON."""
    return str(value) if isinstance(value, str | Decimal) else json.dumps(value, ensure_ascii=False, default=str)


def compact(body: Mapping[str, str]) -> str:
    return json.dumps(dict(body), ensure_ascii=False)


def styled(state: State) -> Text:
    return Text(state.value, STYLES.get(state, "red"))
