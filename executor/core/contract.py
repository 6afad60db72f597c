"""What the exchange allows to be traded of one symbol."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from executor.core.position import ZERO


@dataclass(frozen=True, slots=True)
class Market:
    """One symbol as config.yaml declares it, in the exchange's words: `ETHUSDT`, `USDT-FUTURES`, `USDT`."""

    symbol: str
    product_type: str
    margin_coin: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A symbol's trading limits, in base coin unless a name says otherwise.

    Source: Bitget, GET /api/v2/mix/market/contracts (sizeMultiplier, volumePlace, minTradeNum, minTradeUSDT,
    maxMarketOrderQty, symbolStatus).
    """

    symbol: str
    step: Decimal
    places: int
    minimum: Decimal
    minimum_notional: Decimal = ZERO  # in quote coin
    maximum_market: Decimal | None = None
    status: str = "normal"

    def round_down(self, size: Decimal) -> Decimal:
        """The largest tradable size that is not above `size`."""
        stepped = size // self.step * self.step if self.step else size
        return stepped.quantize(ZERO.scaleb(-self.places), rounding=ROUND_DOWN).normalize()
