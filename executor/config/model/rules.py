"""`rules`: which alerts count, and what each asks for."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from executor.config.model.scalars import Flag, Line, Name, duration
from executor.config.model.section import Section
from executor.core import OnFlatTarget, PositionMode, Target, WhenFlat


class ModeSize(Section):
    """What one position mode changes."""

    size: Line | None = None


class ReversalSection(Section):
    """How much of a position is reversed."""

    size: Line = Field(
        "all", description='all, a number of base coins, a percentage such as "25%", or "{{ contracts }}"'
    )
    one_way: ModeSize = Field(ModeSize(), alias="one-way")
    hedge: ModeSize = ModeSize()

    def size_for(self, mode: PositionMode) -> tuple[tuple[str, ...], str]:
        """The size in this mode, and where below `reversal` it is written."""
        own = {PositionMode.ONE_WAY: self.one_way, PositionMode.HEDGE: self.hedge}[mode].size
        return (("size",), self.size) if own is None else ((mode.value, "size"), own)


class RuleSection(Section):
    """One rule. The first whose `when` holds decides; with `continue: true` later ones are asked as well."""

    name: Name = Field(description="What answers, log and receipts call it.")
    when: dict[str, Any] = Field(
        {},
        repr=False,
        description="All must hold: a dotted path into the alert, and a value, a list of values, or operators.",
    )
    accounts: Annotated[list[Line], Field(min_length=1)] | None = Field(
        None, description="One order for each; may be left out if there is just one account."
    )
    symbol: Line = Field(description='A symbol, or one of its tickers: "{{ ticker }}".')
    target: Line = Field(
        description="The position wanted afterwards: long, short or flat; exit-long and exit-short close that side and "
        'leave the other alone; or an expression such as "{{ market_position }}".'
    )
    words: dict[str, Annotated[Target, Field(strict=False)]] = Field({}, description="Other words for a target.")
    leaves: Line | None = Field(
        None,
        alias="from",
        description='The side it leaves, in the words of target: "{{ prev_market_position }}". Of two alerts of one '
        "moment, the one that leaves where the other arrives comes after it.",
    )
    time: Line | None = Field(
        None, description="When it was sent, for max_age. Of TradingView: {{timenow}}; {{time}} is when the bar opened."
    )
    id: Line | None = Field(
        None, description="What makes an alert of this rule and its sender unique; the body if left out."
    )
    max_age: Annotated[timedelta, duration("1s", "7d")] = Field(
        timedelta(seconds=60), description="An order that could not run until then expires."
    )
    dedupe_window: Annotated[timedelta, duration("0", "7d")] = Field(
        timedelta(seconds=60), description="For so long the same alert again is answered, and nothing is done."
    )
    verify_for: Annotated[timedelta, duration("0", "5m")] = Field(
        timedelta(seconds=10), description="How long the position is read after the exchange accepted."
    )
    when_flat: Annotated[WhenFlat, Field(strict=False)] = Field(
        WhenFlat.IGNORE, description="What to do where there is nothing to reverse; open: a market order of `size`."
    )
    on_flat_target: Annotated[OnFlatTarget, Field(strict=False)] = Field(
        OnFlatTarget.IGNORE, description="What to do where the target is flat."
    )
    reversal: ReversalSection = Field(
        ReversalSection(), description="How much is reversed, and what differs per position mode."
    )
    go_on: Flag = Field(False, alias="continue", description="Whether later rules are asked as well.")
