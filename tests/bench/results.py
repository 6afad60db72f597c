"""From the rounds to the table: medians, ratios, and whether they are well."""

from dataclasses import dataclass
from statistics import median

from tests.bench.parts import PARTS, Figure

INFINITY = float("inf")


@dataclass(frozen=True)
class Result:
    """One figure over all rounds; values are None if an alert was lost in every one. `ratio` is subject to base."""

    part: str
    figure: Figure
    base: float | None
    subject: float | None
    ratio: float | None

    @property
    def well(self):
        """None if it is not judged."""
        figure = self.figure
        if figure.most is figure.least is figure.under is None:
            return None
        if self.ratio is None or self.subject is None:
            return False
        in_ratio = (figure.least or 0) <= self.ratio <= (figure.most or INFINITY)
        return in_ratio and self.subject <= (figure.under or INFINITY)

    @property
    def target(self):
        figure = self.figure
        if figure.under:
            return f"≤ {figure.under:g} {figure.unit}"
        return f"≤ {figure.most:g} ×" if figure.most else f"≥ {figure.least:g} ×" if figure.least else ""


def results_of(rounds):
    """`rounds` are what Rounds.run has returned."""
    return [_result(rounds, part, figure) for part in rounds[0] for figure in PARTS[part].figures]


def lost_in(rounds):
    """The parts that lost an alert, in any round."""
    return {part for found in rounds for part, figures in found.items() if None in figures}


def _result(rounds, part, figure):
    found = [[figures[figure.name] for figures in each[part]] for each in rounds if None not in each[part]]
    if not found:
        return Result(part, figure, None, None, None)
    bases, subjects = zip(*found, strict=True)
    return Result(part, figure, median(bases), median(subjects), median(subject / base for base, subject in found))


def to_json(result):
    return {
        "part": result.part, "figure": result.figure.name, "unit": result.figure.unit, "base": result.base,
        "executor": result.subject, "ratio": result.ratio, "target": result.target, "well": result.well,
    }  # fmt: skip
