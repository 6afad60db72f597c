"""What the simulator answers: one function per path. Shapes and field names are Bitget's; all numbers are text."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from executor.simulator.contracts import KNOWN, contract_row
from executor.simulator.market import HEDGE, LEVERAGE, ONE_WAY, Account, Holding, Refused, contract_of
from executor.simulator.moment import Moment
from executor.simulator.orders import Order, detail_row, fill_row, list_row

Ask = Mapping[str, Any]
MIX = "/api/v2/mix"


def contracts(moment: Moment, ask: Ask) -> Any:
    if ask.get("productType", "").upper() != "USDT-FUTURES":
        return []
    wanted = ask.get("symbol")
    return [contract_row(contract_of(wanted))] if wanted else [contract_row(known) for known in KNOWN.values()]


def server_time(moment: Moment, ask: Ask) -> Any:
    return {"serverTime": str(moment.now_ms)}


def ticker(moment: Moment, ask: Ask) -> Any:
    price = f"{contract_of(ask.get('symbol', '')).price:f}"
    names = ("lastPr", "askPr", "bidPr", "high24h", "low24h", "markPrice", "indexPrice", "open24h")
    return [{"symbol": ask["symbol"], "ts": str(moment.now_ms)} | dict.fromkeys(names, price)]


def nothing(moment: Moment, ask: Ask) -> Any:
    return []


#   path → function of (moment, query)
PUBLIC: dict[str, Callable[[Moment, Ask], Any]] = {
    "/api/v2/public/time": server_time,
    f"{MIX}/market/contracts": contracts,
    f"{MIX}/market/ticker": ticker,
    f"{MIX}/market/tickers": ticker,
    "/api/v2/spot/public/symbols": nothing,
    "/api/v2/spot/public/coins": nothing,
    "/api/v2/margin/currencies": nothing,
}


def account(moment: Moment, mine: Account, ask: Ask) -> Any:
    return _account_row(mine)


def accounts(moment: Moment, mine: Account, ask: Ask) -> Any:
    return [_account_row(mine)]


def position(moment: Moment, mine: Account, ask: Ask) -> Any:
    symbol = contract_of(ask.get("symbol", "")).symbol
    rows = [row for row in _position_rows(moment, mine) if row["symbol"] == symbol]
    if rows or not moment.settings.flat_rows:
        return rows
    return [_position_row(mine, (symbol, side), Holding(Decimal(0), Decimal(0))) for side in ("long", "short")]


def positions(moment: Moment, mine: Account, ask: Ask) -> Any:
    return _position_rows(moment, mine)


def order_detail(moment: Moment, mine: Account, ask: Ask) -> Any:
    found = mine.book.find(ask.get("orderId"), ask.get("clientOid"), moment.then_ms)
    if found is None:
        raise Refused("40109", "The data of the order cannot be found, please confirm the order number")
    return detail_row(found)


def orders_history(moment: Moment, mine: Account, ask: Ask) -> Any:
    return _page(moment, mine, ask, pending=False)


def orders_pending(moment: Moment, mine: Account, ask: Ask) -> Any:
    return _page(moment, mine, ask, pending=True)


def fills(moment: Moment, mine: Account, ask: Ask) -> Any:
    found = [order for order in mine.book.seen(moment.then_ms) if order.filled and _wanted(order, ask)]
    return {"fillList": [fill_row(order) for order in found], "endId": found[-1].order_id if found else None}


def reverse(moment: Moment, mine: Account, ask: Ask) -> Any:
    if moment.settings.demo and not moment.settings.demo_serves_reversal:
        raise Refused("40404", "Request URL NOT FOUND")
    return _named(mine.reverse(_order(ask), moment.now_ms))


def place(moment: Moment, mine: Account, ask: Ask) -> Any:
    if ask.get("orderType") != "market":
        raise Refused("40017", "Parameter orderType: the simulator takes market orders only")
    return _named(mine.place(_order(ask), moment.now_ms))


def close(moment: Moment, mine: Account, ask: Ask) -> Any:
    symbol = contract_of(ask.get("symbol", "")).symbol
    closed = mine.close(symbol, ask.get("holdSide") or None, moment.now_ms)
    if not closed:
        raise Refused("22002", "No position to close")
    return {"successList": [_named(order) | {"symbol": symbol} for order in closed], "failureList": []}


def set_position_mode(moment: Moment, mine: Account, ask: Ask) -> Any:
    if mine.legs:
        raise Refused("40920", "There is currently a position or a pending order")
    if ask.get("posMode") not in (HEDGE, ONE_WAY):
        raise Refused("40017", "Parameter posMode error")
    mine.mode = ask["posMode"]
    return {"posMode": mine.mode}


#   path → function of (moment, account, query or body)
GET: dict[str, Callable[[Moment, Account, Ask], Any]] = {
    f"{MIX}/account/account": account,
    f"{MIX}/account/accounts": accounts,
    f"{MIX}/position/single-position": position,
    f"{MIX}/position/all-position": positions,
    f"{MIX}/order/detail": order_detail,
    f"{MIX}/order/orders-history": orders_history,
    f"{MIX}/order/orders-pending": orders_pending,
    f"{MIX}/order/fills": fills,
}
POST: dict[str, Callable[[Moment, Account, Ask], Any]] = {
    f"{MIX}/order/click-backhand": reverse,
    f"{MIX}/order/place-order": place,
    f"{MIX}/order/close-positions": close,
    f"{MIX}/account/set-position-mode": set_position_mode,
}


def _order(ask: Ask) -> Order:
    for name in ("symbol", "productType", "marginCoin"):
        if not ask.get(name):
            raise Refused("40017", f"Parameter {name} cannot be empty")
    return Order(
        symbol=contract_of(str(ask["symbol"])).symbol,
        side=str(ask.get("side") or "").lower(),
        trade_side=str(ask.get("tradeSide") or ""),
        size=_size(ask.get("size")),
        client_id=str(ask.get("clientOid") or ""),
        reduce_only=ask.get("reduceOnly") == "YES",
    )


def _size(text: Any) -> Decimal | None:
    if text in (None, ""):
        return None
    try:
        size = Decimal(str(text))
    except InvalidOperation:
        size = Decimal("NaN")
    if not size.is_finite() or size <= 0:
        raise Refused("40017", "Parameter size error")
    return size


def _named(order: Order) -> dict[str, str]:
    return {"clientOid": order.client_id, "orderId": order.order_id}


def _page(moment: Moment, mine: Account, ask: Ask, *, pending: bool) -> Any:
    found = (order for order in mine.book.seen(moment.then_ms, pending=pending) if _wanted(order, ask))
    rows = [list_row(order) for order in islice(found, int(ask.get("limit", 100)))]
    return {"entrustedList": rows or None, "endId": rows[-1]["orderId"] if rows else None}


def _wanted(order: Order, ask: Ask) -> bool:
    matches = (
        ("symbol", order.symbol),
        ("orderId", order.order_id),
        ("clientOid", order.client_id),
        ("orderSource", order.source),
    )
    if any(ask.get(name) and str(ask[name]).upper() != value.upper() for name, value in matches):
        return False
    start, end = int(ask.get("startTime") or 0), int(ask.get("endTime") or 1 << 60)
    return start <= order.created_ms <= end


def _account_row(mine: Account) -> dict[str, str]:
    free = f"{mine.available:f}"
    return {
        "marginCoin": "USDT",
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


def _position_rows(moment: Moment, mine: Account) -> list[dict[str, str]]:
    legs = mine.legs if moment.then_ms is None else mine.legs_seen(moment.then_ms)
    return [_position_row(mine, leg, held) for leg, held in legs.items()]


def _position_row(mine: Account, leg: tuple[str, str], held: Holding) -> dict[str, str]:
    symbol, side = leg
    size, price = f"{held.size:f}", f"{contract_of(symbol).price:f}"
    return {
        "marginCoin": "USDT",
        "symbol": symbol,
        "holdSide": side,
        "openDelegateSize": "0",
        "marginSize": f"{held.size * held.average / LEVERAGE:f}",
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
