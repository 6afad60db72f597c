"""What a request asks for: its parameters, checked as the exchange checks them. Each raises RequestRefused."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from executor.simulator.contracts import Contract
from executor.simulator.moment import Moment
from executor.simulator.orders import Order
from executor.simulator.refusal import RequestRefused

Ask = Mapping[str, Any]


def product(ask: Ask) -> str:
    return _needed(ask, "productType").upper()


def contract(moment: Moment, ask: Ask) -> Contract:
    """The symbol asked for, which its product type must have."""
    found = moment.settings.contract(_needed(ask, "symbol"))
    if found.product != product(ask):
        raise RequestRefused("40034", f"Parameter {ask['symbol']} does not exist")
    return found


def order(moment: Moment, ask: Ask) -> Order:
    traded = contract(moment, ask)
    if _needed(ask, "marginCoin").upper() != traded.coin:
        raise RequestRefused("40034", f"Parameter {ask['marginCoin']} does not exist")
    return Order(
        symbol=traded.symbol,
        side=str(ask.get("side") or "").lower(),
        trade_side=str(ask.get("tradeSide") or ""),
        size=_size(ask.get("size")),
        client_id=str(ask.get("clientOid") or ""),
        reduce_only=ask.get("reduceOnly") == "YES",
    )


def whole(ask: Ask, name: str, default: int, most: int = 1 << 62) -> int:
    text = str(ask.get(name) or default)
    if not text.isdecimal() or int(text) > most:
        raise RequestRefused("40017", f"Parameter {name} error")
    return int(text)


def _needed(ask: Ask, name: str) -> str:
    if not ask.get(name):
        raise RequestRefused("40017", f"Parameter {name} cannot be empty")
    return str(ask[name])


def _size(text: Any) -> Decimal | None:
    if text in (None, ""):
        return None
    try:
        size = Decimal(str(text))
    except InvalidOperation:
        size = Decimal("NaN")
    if not size.is_finite() or size <= 0:
        raise RequestRefused("40017", "Parameter size error")
    return size
