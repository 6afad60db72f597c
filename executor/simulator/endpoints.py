"""What the simulator answers: one function per path. Shapes and field names are Bitget's; all numbers are text."""

from collections.abc import Callable
from typing import Any

from executor.simulator import asking
from executor.simulator.asking import Ask
from executor.simulator.contracts import contract_row
from executor.simulator.market import HEDGE, ONE_WAY, OTHER, Account, Holding
from executor.simulator.moment import Moment
from executor.simulator.order_reads import fills, order_detail, orders_history, orders_pending
from executor.simulator.orders import ZERO, Order
from executor.simulator.refusal import RequestRefused
from executor.simulator.rows import account_row, position_row, position_rows

MIX = "/api/v2/mix"


def contracts(moment: Moment, ask: Ask) -> Any:
    product = asking.product(ask)
    if ask.get("symbol"):
        return [contract_row(asking.contract(moment, ask))]
    return [contract_row(contract) for contract in moment.settings.traded if contract.product == product]


def server_time(moment: Moment, ask: Ask) -> Any:
    return {"serverTime": str(moment.now_ms)}


def ticker(moment: Moment, ask: Ask) -> Any:
    price = f"{moment.settings.contract(ask.get('symbol', '')).price:f}"
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
    return account_row(mine, asking.contract(moment, ask).coin)


def accounts(moment: Moment, mine: Account, ask: Ask) -> Any:
    product = asking.product(ask)
    coins = dict.fromkeys(contract.coin for contract in moment.settings.traded if contract.product == product)
    return [account_row(mine, coin) for coin in coins]


def position(moment: Moment, mine: Account, ask: Ask) -> Any:
    contract = asking.contract(moment, ask)
    rows = position_rows(moment, mine, lambda each: each == contract)
    if rows or not moment.settings.flat_rows:
        return rows
    return [position_row(mine, contract, side, Holding(ZERO, ZERO)) for side in OTHER]


def positions(moment: Moment, mine: Account, ask: Ask) -> Any:
    product, coin = asking.product(ask), str(ask.get("marginCoin") or "").upper()
    return position_rows(moment, mine, lambda each: each.product == product and coin in ("", each.coin))


def reverse(moment: Moment, mine: Account, ask: Ask) -> Any:
    if moment.settings.demo and not moment.settings.demo_serves_reversal:
        raise RequestRefused("40404", "Request URL NOT FOUND")
    return _named(mine.reverse(asking.order(moment, ask), moment.now_ms))


def place(moment: Moment, mine: Account, ask: Ask) -> Any:
    if ask.get("orderType") != "market":
        raise RequestRefused("40017", "Parameter orderType: the simulator takes market orders only")
    return _named(mine.place(asking.order(moment, ask), moment.now_ms))


def close(moment: Moment, mine: Account, ask: Ask) -> Any:
    symbol = asking.contract(moment, ask).symbol
    closed = mine.close(symbol, ask.get("holdSide") or None, moment.now_ms)
    if not closed:
        raise RequestRefused("22002", "No position to close")
    return {"successList": [_named(order) | {"symbol": symbol} for order in closed], "failureList": []}


def set_position_mode(moment: Moment, mine: Account, ask: Ask) -> Any:
    if mine.legs or mine.book.pending:
        raise RequestRefused("40920", "There is currently a position or a pending order")
    if ask.get("posMode") not in (HEDGE, ONE_WAY):
        raise RequestRefused("40017", "Parameter posMode error")
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


def _named(order: Order) -> dict[str, str]:
    return {"clientOid": order.client_id, "orderId": order.order_id}
