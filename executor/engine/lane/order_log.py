"""Log lines about an order: each names its receipt and lane, and its last clientOid once it was sent."""

import structlog

from executor.core.order import State
from executor.ledger import OrderRow

log = structlog.get_logger()

LOUD = frozenset({State.INCOMPLETE, State.REJECTED, State.DENIED, State.EXPIRED, State.ENDED})


def log_info(event: str, order: OrderRow, **facts: str) -> None:
    log.info(event, **_about(order), **facts)


def log_warning(event: str, order: OrderRow, **facts: str) -> None:
    log.warning(event, **_about(order), **facts)


def log_end(state: State, order: OrderRow, reason: str) -> None:
    facts = {"reason": reason} if reason else {}
    (log_warning if state in LOUD else log_info)(f"order {state}", order, **facts)


def _about(order: OrderRow) -> dict[str, str]:
    account, symbol = order.intent.lane
    about = {"receipt": order.receipt, "account": account, "symbol": symbol}
    if order.sends:
        about["client_order_id"] = order.sends[-1].client_order_id
    return about
