"""Rows of an account's balance and positions.

Sources: Bitget, GET /api/v2/mix/account/account, /api/v2/mix/position/single-position and all-position.
"""

from collections.abc import Callable

from executor.simulator.contracts import Contract
from executor.simulator.market import LEVERAGE, Account, Holding
from executor.simulator.moment import Moment


def account_row(mine: Account, coin: str) -> dict[str, str]:
    free = f"{mine.available(coin):f}"
    return {
        "marginCoin": coin,
        "locked": "0",
        "available": free,
        "crossedMaxAvailable": free,
        "isolatedMaxAvailable": free,
        "maxTransferOut": free,
        "accountEquity": f"{mine.balance:f}",
        "usdtEquity": f"{mine.balance:f}",
        "unrealizedPL": "0",
        "crossedMarginLeverage": f"{LEVERAGE:f}",
        "marginMode": mine.settings.margin_mode,
        "posMode": mine.mode,
    }


def position_rows(moment: Moment, mine: Account, wanted: Callable[[Contract], bool]) -> list[dict[str, str]]:
    """The legs of the contracts that are wanted."""
    legs = mine.legs if moment.then_ms is None else mine.legs_seen(moment.then_ms)
    held = ((moment.settings.contract(symbol), side, holding) for (symbol, side), holding in legs.items())
    return [position_row(mine, contract, side, holding) for contract, side, holding in held if wanted(contract)]


def position_row(mine: Account, contract: Contract, side: str, held: Holding) -> dict[str, str]:
    size, price = f"{held.size:f}", f"{contract.price:f}"
    return {
        "marginCoin": contract.coin,
        "symbol": contract.symbol,
        "holdSide": side,
        "openDelegateSize": "0",
        "marginSize": f"{contract.value(held.size, held.average) / LEVERAGE:f}",
        "available": size,
        "locked": "0",
        "total": size,
        "leverage": f"{LEVERAGE:f}",
        "achievedProfits": "0",
        "openPriceAvg": f"{held.average:f}",
        "marginMode": mine.settings.margin_mode,
        "posMode": mine.mode,
        "unrealizedPL": "0",
        "liquidationPrice": "0",
        "keepMarginRate": "0.004",
        "markPrice": price,
        "breakEvenPrice": price,
        "totalFee": "0",
        "marginRatio": "0.01",
        "cTime": "0",
        "uTime": "0",
    }
