"""The results for people: a table for the terminal, and the same in Markdown."""

import os
import platform
from datetime import UTC, datetime

from rich.table import Table

from tests.bench.parts import PARTS

BESIDE_FLOOR = ("part", "figure", "floor", "executor", "ratio", "target", "")
GROWING = ("growing", "figure", "from", "to", "ratio", "target", "")
WORDS = {True: "ok", False: "missed", None: ""}


def tables(results):
    """At most two: beside the floor, and the executor beside itself."""
    for headers, some in _split(results):
        shown = Table(box=None, pad_edge=False)
        for number, header in enumerate(headers):
            shown.add_column(header, justify="right" if 2 <= number <= 5 else "left", no_wrap=True)
        last = None
        for result in some:
            part, *others = _row(result)
            shown.add_row(part if part != last else "", *others, style="red" if result.well is False else None)
            last = part
        yield shown


def markdown(results):
    ruler = ("---", "---", "---:", "---:", "---:", "---:", "---")
    return "\n\n".join(
        "\n".join(f"| {' | '.join(row)} |" for row in (headers, ruler, *map(_row, some)))
        for headers, some in _split(results)
    )


def _split(results):
    for headers, floor in ((BESIDE_FLOOR, True), (GROWING, False)):
        if some := [result for result in results if PARTS[result.part].base.floor is floor]:
            yield headers, some


def machine():
    """When and where, in words, and how busy it was when asked."""
    cpus, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cpus} CPUs ({platform.machine()}) with a load of {load:.1f} beforehand, "
        f"Python {platform.python_version()}"
    )


def _row(result):
    unit = result.figure.unit
    values = (_value(value, unit) for value in (result.base, result.subject))
    ratio = "" if result.ratio is None else f"{result.ratio:.2f} ×"
    part = PARTS[result.part].title or result.part
    return part, result.figure.name, *values, ratio, result.target, WORDS[result.well]


def _value(value, unit):
    return "lost" if value is None else f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"
