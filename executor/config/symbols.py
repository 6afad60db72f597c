"""`symbols`: what may be traded, and what alerts may call it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field

from executor.config.scalars import Line, duration, text, whole_number
from executor.config.settings import Settings
from executor.config.source import Source
from executor.core.contract import Market

SymbolName = Annotated[str, text("a symbol in the exchange's spelling, such as ETHUSDT", r"[A-Z0-9][A-Z0-9_-]{1,39}")]


class Brakes(Settings):
    """A lane that turns `flips` times within `window` is halted for `cooldown`."""

    flips: Annotated[int, whole_number(1, 1000)]
    window: Annotated[timedelta, duration("1s", "7d")]
    cooldown: Annotated[timedelta, duration("1s", "7d")]


class Symbol(Settings):
    """One contract at the exchange."""

    product_type: Literal["USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES"]
    margin_coin: Annotated[str, text("a coin such as USDT", r"[A-Z0-9]{1,20}")]
    tickers: list[Line] = Field([], description="What alerts may call it, exactly; its own name counts as well.")
    brakes: Brakes | None = Field(None, description="Stops a lane that turns too often. Off if left out.")


@dataclass(frozen=True, slots=True)
class SymbolConfig:
    """A symbol with every name it goes by."""

    market: Market
    tickers: tuple[str, ...]
    brakes: Brakes | None

    @classmethod
    def of(cls, name: str, symbol: Symbol) -> Self:
        market = Market(name, symbol.product_type, symbol.margin_coin)
        return cls(market, tuple(dict.fromkeys((name, *symbol.tickers))), symbol.brakes)


def ticker_table(source: Source, symbols: Mapping[str, Symbol]) -> dict[str, str]:
    """Ticker → symbol. One that two symbols claim is complained about."""
    table = {name: name for name in symbols}
    for name, symbol in symbols.items():
        for at, ticker in enumerate(symbol.tickers):
            owner = table.setdefault(ticker, name)
            if owner != name:
                path = ("symbols", name, "tickers", at)
                source.complain(path, f"{source.found(path)} stands for {owner} already: a ticker names one symbol")
    return table
