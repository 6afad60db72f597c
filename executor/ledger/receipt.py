"""A receipt: an alert and everything that became of it, and how that is told as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from executor.core.position import Position
from executor.ledger.rows import OrderRow, SendRow, Transition, iso


@dataclass(frozen=True, slots=True)
class Differing:
    """Alerts that were taken for repetitions of this receipt's although their bodies were others."""

    receipt: str
    sender: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """An alert and everything that became of it."""

    receipt: str
    received_at: datetime
    sender: str
    fields: Mapping[str, Any]
    orders: tuple[OrderRow, ...]
    history: Mapping[str, tuple[Transition, ...]]  # by order id
    differing: Differing | None = None

    def to_json(self) -> dict[str, Any]:
        differing = self.differing
        differed = {"times": differing.times, "last_at": iso(differing.last_at)} if differing else None
        return ({"repeated_with_another_body": differed} if differed else {}) | {
            "receipt": self.receipt,
            "received_at": iso(self.received_at),
            "sender": self.sender,
            "alert": dict(self.fields),
            "orders": [order_json(order, self.history.get(order.id, ())) for order in self.orders],
        }


def order_json(order: OrderRow, history: tuple[Transition, ...]) -> dict[str, Any]:
    return {
        "account": order.intent.account,
        "symbol": order.intent.symbol,
        "rule": order.intent.rule,
        "target": order.intent.target.value,
        "state": order.state.value,
        "reason": order.reason,
        "awaits": order.awaits,
        "may_run_until": iso(order.may_run_until) if order.may_run_until else None,
        "position_before": _position_json(order.position_before),
        "position_after": _position_json(order.position_after),
        "decided": order.decided,
        "sends": [_send_json(send) for send in order.sends],
        "history": [{"state": step.state.value, "at": iso(step.at), "reason": step.reason} for step in history],
    }


def _send_json(send: SendRow) -> dict[str, Any]:
    return {
        "client_order_id": send.client_order_id,
        "at": iso(send.at),
        "outcome": send.outcome,
        "order_id": send.exchange_order_id,
        "request": dict(send.request),
    }


def _position_json(position: Position | None) -> dict[str, str] | None:
    return None if position is None else position.to_json()
