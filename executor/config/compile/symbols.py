"""`symbols` → symbols with every name they go by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from executor.config.model import Brakes, SymbolSection
from executor.config.source import Source
from executor.core import Market


@dataclass(frozen=True, slots=True)
class SymbolConfig:
    """A symbol with every name it goes by."""

    market: Market
    tickers: tuple[str, ...]
    brakes: Brakes | None

    @classmethod
    def of(cls, name: str, symbol: SymbolSection) -> Self:
        market = Market(name, symbol.product_type, symbol.margin_coin)
        return cls(market, tuple(dict.fromkeys((name, *symbol.tickers))), symbol.brakes)


def ticker_table(source: Source, symbols: Mapping[str, SymbolSection]) -> dict[str, str]:
    """Ticker → symbol. One that two symbols claim is complained about."""
    table = {name: name for name in symbols}
    for name, symbol in symbols.items():
        for at, ticker in enumerate(symbol.tickers):
            owner = table.setdefault(ticker, name)
            if owner != name:
                path = ("symbols", name, "tickers", at)
                source.complain(path, f"{source.found(path)} stands for {owner} already: a ticker names one symbol")
    return table
