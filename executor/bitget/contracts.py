"""Contract rows → what the exchange lets be traded of a symbol."""

from collections.abc import Iterable
from contextlib import suppress

from executor.bitget.parsing import Row, Unclear, number, optional_number, rows, text
from executor.core.contract import Contract, Market
from executor.core.position import ZERO


def contracts_in(data: object, markets: Iterable[Market]) -> dict[Market, Contract]:
    """Those of the markets that are there and clear. Raises Unclear if `data` is no list of rows."""
    by_symbol = {str(row.get("symbol")): row for row in rows(data)}
    found: dict[Market, Contract] = {}
    for market in markets:
        with suppress(Unclear):
            contract = contract_in([by_symbol[market.symbol]] if market.symbol in by_symbol else [], market)
            if isinstance(contract, Contract):
                found[market] = contract
    return found


def contract_in(data: object, market: Market) -> Contract | str:
    """The market's contract, or why there is none. Raises Unclear.

    Source: Bitget, GET /api/v2/mix/market/contracts.
    """
    found = next((row for row in rows(data) if row.get("symbol") == market.symbol), None)
    if found is None:
        return f"{market.product_type} has no symbol {market.symbol}: correct it in config.yaml"
    coins = found.get("supportMarginCoins")
    if isinstance(coins, list) and market.margin_coin not in coins:
        return (
            f"{market.symbol} takes the margin coins {', '.join(map(str, coins))}: correct margin_coin in config.yaml"
        )
    return _contract(found)


def _contract(row: Row) -> Contract:
    places = number(row, "volumePlace")
    if places not in range(21):
        raise Unclear(f"volumePlace is {places:f} instead of a number of decimals")
    return Contract(
        symbol=text(row, "symbol"),
        step=number(row, "sizeMultiplier"),
        places=int(places),
        minimum=number(row, "minTradeNum"),
        minimum_notional=optional_number(row, "minTradeUSDT") or ZERO,
        maximum_market=optional_number(row, "maxMarketOrderQty") or None,
        status=text(row, "symbolStatus"),
    )
