"""The symbols the simulator trades, with limits like the exchange's.

Source: Bitget, GET /api/v2/mix/market/contracts.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Contract:
    """`step` and `minimum` in base coin, `price` in quote coin."""

    symbol: str
    base: str
    price: Decimal
    step: Decimal
    places: int
    minimum: Decimal


def _contract(base: str, price: str, step: str) -> Contract:
    size = Decimal(step)
    return Contract(f"{base}USDT", base, Decimal(price), size, max(0, -int(size.as_tuple().exponent)), size)


KNOWN = {
    contract.symbol: contract
    for contract in (
        _contract("BTC", "60000", "0.0001"),
        _contract("ETH", "1834.2", "0.01"),
        _contract("SOL", "140", "0.1"),
        _contract("XRP", "0.6", "1"),
        *(_contract(f"SYM{number}", "10", "0.1") for number in range(1000)),
    )
}


def contract_row(contract: Contract) -> dict[str, object]:
    return {
        "symbol": contract.symbol,
        "baseCoin": contract.base,
        "quoteCoin": "USDT",
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "feeRateUpRatio": "0.005",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
        "openCostUpRatio": "0.01",
        "supportMarginCoins": ["USDT"],
        "minTradeNum": f"{contract.minimum:f}",
        "priceEndStep": "1",
        "volumePlace": str(contract.places),
        "pricePlace": "4",
        "sizeMultiplier": f"{contract.step:f}",
        "symbolType": "perpetual",
        "minTradeUSDT": "5",
        "maxSymbolOrderNum": "200",
        "maxProductOrderNum": "400",
        "maxPositionNum": "150",
        "maxMarketOrderQty": "1000000",
        "symbolStatus": "normal",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "launchTime": "",
        "fundInterval": "8",
        "minLever": "1",
        "maxLever": "125",
        "posLimit": "0.05",
    }
