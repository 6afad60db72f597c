"""Every path of Bitget's API that is used, with its rate limit."""

from dataclasses import dataclass
from enum import StrEnum

from executor.core.reversal import Operation


class Read(StrEnum):
    """What can be read."""

    TIME = "public time"
    CONTRACTS = "contracts"
    ACCOUNT = "account"
    POSITION = "position"
    POSITIONS = "positions"
    ORDER = "order"
    HISTORY = "orders-history"
    PENDING = "orders-pending"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path and its limit. A public endpoint takes no key, and its limit counts per address, not per account."""

    method: str
    path: str
    per_second: float
    public: bool = False


MIX = "/api/v2/mix"
ENDPOINTS: dict[Operation | Read, Endpoint] = {
    Operation.REVERSE: Endpoint("POST", f"{MIX}/order/click-backhand", 10),  # 1 for copy-trading traders
    Operation.OPEN: Endpoint("POST", f"{MIX}/order/place-order", 10),
    Operation.CLOSE: Endpoint("POST", f"{MIX}/order/close-positions", 1),
    Read.TIME: Endpoint("GET", "/api/v2/public/time", 20, public=True),
    Read.CONTRACTS: Endpoint("GET", f"{MIX}/market/contracts", 20, public=True),
    Read.ACCOUNT: Endpoint("GET", f"{MIX}/account/account", 10),
    Read.POSITION: Endpoint("GET", f"{MIX}/position/single-position", 10),
    Read.POSITIONS: Endpoint("GET", f"{MIX}/position/all-position", 5),
    Read.ORDER: Endpoint("GET", f"{MIX}/order/detail", 10),
    Read.HISTORY: Endpoint("GET", f"{MIX}/order/orders-history", 10),
    Read.PENDING: Endpoint("GET", f"{MIX}/order/orders-pending", 10),
}
