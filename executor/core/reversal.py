"""From an action to the exchange's request, per position mode. This table is what a trader may check.

Sources: Bitget, POST /api/v2/mix/order/click-backhand (the Chinese page spells `tradeSide: open` out), place-order and
close-positions. What the pages leave open (the value of tradeSide, the meaning of side in one-way mode) has
its one address here, and an account's `parameters` can override it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from executor.core.contract import Market
from executor.core.decision import Action, Close, Open, Reverse
from executor.core.position import Leg, PositionMode

HEDGE, ONE_WAY = PositionMode.HEDGE, PositionMode.ONE_WAY

#   mode     leg held    →  fields of the reversal
REVERSAL: dict[tuple[PositionMode, Leg], dict[str, str]] = {
    (HEDGE, Leg.LONG): {"side": "buy", "tradeSide": "open"},
    (HEDGE, Leg.SHORT): {"side": "sell", "tradeSide": "open"},
    (ONE_WAY, Leg.LONG): {"side": "sell"},
    (ONE_WAY, Leg.SHORT): {"side": "buy"},
}
#   mode     leg wanted  →  fields of the market order that opens it from flat
OPENING: dict[tuple[PositionMode, Leg], dict[str, str]] = {
    (HEDGE, Leg.LONG): {"side": "buy", "tradeSide": "open"},
    (HEDGE, Leg.SHORT): {"side": "sell", "tradeSide": "open"},
    (ONE_WAY, Leg.LONG): {"side": "buy"},
    (ONE_WAY, Leg.SHORT): {"side": "sell"},
}


class Operation(StrEnum):
    """The exchange's name for what is asked."""

    REVERSE = "click-backhand"
    OPEN = "place-order"
    CLOSE = "close-positions"


@dataclass(frozen=True, slots=True)
class Request:
    """One call, without the clientOid and the signature that its sending adds."""

    operation: Operation
    body: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        return {"operation": str(self.operation), "body": self.body}


@dataclass(frozen=True, slots=True)
class Parameters:
    """An account's own reading of the table: fields that replace or (None) remove those above."""

    reversal: Mapping[tuple[PositionMode, Leg], Mapping[str, str | None]] = field(default_factory=dict)
    partial_one_way: bool = False


def request_for(
    action: Action, market: Market, mode: PositionMode, parameters: Parameters, margin_mode: str = "crossed"
) -> Request:
    """The request that carries out `action`. `margin_mode` (crossed | isolated) matters for opening only."""
    common = {"symbol": market.symbol, "productType": market.product_type}
    match action:
        case Reverse():
            body = common | {"marginCoin": market.margin_coin} | _size(action, mode)
            overrides = parameters.reversal.get((mode, action.leg), {})
            return Request(Operation.REVERSE, body | _present({**REVERSAL[mode, action.leg], **overrides}))
        case Open():
            body = common | {
                "marginMode": margin_mode,
                "marginCoin": market.margin_coin,
                "orderType": "market",
            }
            return Request(Operation.OPEN, body | {"size": f"{action.size:f}"} | OPENING[mode, action.leg])
        case Close(legs=(leg,)) if mode is HEDGE:
            return Request(Operation.CLOSE, common | {"holdSide": leg.value})
        case _:
            return Request(Operation.CLOSE, common)


def _size(action: Reverse, mode: PositionMode) -> dict[str, str]:
    """Hedge mode always names the size; one-way reverses everything without one."""
    return {} if mode is ONE_WAY and action.whole else {"size": f"{action.size:f}"}


def _present(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
