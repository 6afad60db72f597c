"""`symbols`: what may be traded, and what alerts may call it."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from executor.config.model.scalars import Line, duration, text, whole_number
from executor.config.model.section import Section

SymbolName = Annotated[str, text("a symbol in the exchange's spelling, such as ETHUSDT", r"[A-Z0-9][A-Z0-9_-]{1,39}")]


class Brakes(Section):
    """A lane that turns `flips` times within `window` is halted for `cooldown`."""

    flips: Annotated[int, whole_number(1, 1000)]
    window: Annotated[timedelta, duration("1s", "7d")]
    cooldown: Annotated[timedelta, duration("1s", "7d")]


class SymbolSection(Section):
    """One contract at the exchange."""

    product_type: Literal["USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES"]
    margin_coin: Annotated[str, text("a coin such as USDT", r"[A-Z0-9]{1,20}")]
    tickers: list[Line] = Field([], description="What alerts may call it, exactly; its own name counts as well.")
    brakes: Brakes | None = Field(None, description="Stops a lane that turns too often. Off if left out.")
