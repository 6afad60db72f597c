"""The symbols the simulator trades, with limits like the exchange's.

Source: Bitget, GET /api/v2/mix/market/contracts.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

USDT, USDC, COIN = "USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES"


@dataclass(frozen=True)
class Contract:
    """`step` and `minimum` in base coin, `price` in quote coin; `coin` is the one its margin is paid in."""

    symbol: str
    base: str
    price: Decimal
    step: Decimal
    product: str = USDT
    coin: str = "USDT"

    @classmethod
    def declared(cls, symbol: str, product: str, coin: str) -> Self:
        """A symbol that a configuration declares, at a price and in steps of its own."""
        base = symbol.removesuffix("PERP").removesuffix("USDT").removesuffix("USDC").removesuffix("USD")
        return cls(symbol, base or symbol, Decimal(10), Decimal("0.01"), product, coin)

    @property
    def places(self) -> int:
        return max(0, -int(self.step.as_tuple().exponent))

    @property
    def minimum(self) -> Decimal:
        return self.step

    def value(self, size: Decimal, price: Decimal) -> Decimal:
        """What a size is worth in margin coin."""
        return size if self.product == COIN else size * price


def _contract(base: str, price: str, step: str) -> Contract:
    return Contract(f"{base}USDT", base, Decimal(price), Decimal(step))


def _in_usdc(base: str, price: str, step: str) -> Contract:
    return Contract(f"{base}PERP", base, Decimal(price), Decimal(step), USDC, "USDC")


def _in_coin(base: str, price: str, step: str) -> Contract:
    return Contract(f"{base}USD", base, Decimal(price), Decimal(step), COIN, base)


KNOWN = {
    contract.symbol: contract
    for contract in (
        _contract("BTC", "60000", "0.0001"),
        _contract("ETH", "1834.2", "0.01"),
        _contract("SOL", "140", "0.1"),
        _contract("XRP", "0.6", "1"),
        _in_usdc("BTC", "60000", "0.0001"),
        _in_usdc("ETH", "1834.2", "0.01"),
        _in_coin("BTC", "60000", "0.0001"),
        _in_coin("ETH", "1834.2", "0.01"),
        *(_contract(f"SYM{number}", "10", "0.1") for number in range(1000)),
    )
}


def contract_row(contract: Contract) -> dict[str, object]:
    return {
        "symbol": contract.symbol,
        "baseCoin": contract.base,
        "quoteCoin": "USD" if contract.product == COIN else contract.coin,
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "feeRateUpRatio": "0.005",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
        "openCostUpRatio": "0.01",
        "supportMarginCoins": [contract.coin],
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
