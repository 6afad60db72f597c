"""A receipt: an alert and everything that became of it, also as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from executor.core.position import Position
from executor.ledger.records.orders import OrderRow, SendRow, Transition


@dataclass(frozen=True, slots=True)
class Differing:
    """Alerts that were taken for repetitions of this receipt's alert although their bodies were others."""

    receipt: str
    sender: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """An alert and everything that became of it. `history` is by order id, each oldest first."""

    receipt: str
    received_at: datetime
    sender: str
    fields: Mapping[str, Any]
    orders: tuple[OrderRow, ...]
    history: Mapping[str, tuple[Transition, ...]]
    differing: Differing | None = None

    def to_json(self) -> dict[str, Any]:
        orders = [_order_json(order, self.history.get(order.id, ())) for order in self.orders]
        receipt = {
            "receipt": self.receipt,
            "received_at": _iso(self.received_at),
            "sender": self.sender,
            "alert": dict(self.fields),
            "orders": orders,
        }
        if self.differing is None:
            return receipt
        differed = {"times": self.differing.times, "last_at": _iso(self.differing.last_at)}
        return {"repeated_with_another_body": differed} | receipt


def _order_json(order: OrderRow, history: tuple[Transition, ...]) -> dict[str, Any]:
    return {
        "account": order.intent.account,
        "symbol": order.intent.symbol,
        "rule": order.intent.rule,
        "target": order.intent.target.value,
        "state": order.state.value,
        "reason": order.reason,
        "awaits": order.awaits,
        "may_run_until": _iso(order.may_run_until) if order.may_run_until else None,
        "position_before": _position_json(order.position_before),
        "position_after": _position_json(order.position_after),
        "decided": order.decided,
        "sends": [_send_json(send) for send in order.sends],
        "history": [_transition_json(transition) for transition in history],
    }


def _send_json(send: SendRow) -> dict[str, Any]:
    return {
        "client_order_id": send.client_order_id,
        "at": _iso(send.at),
        "outcome": send.outcome,
        "order_id": send.exchange_order_id,
        "request": dict(send.request),
    }


def _transition_json(transition: Transition) -> dict[str, Any]:
    return {
        "state": transition.state.value,
        "at": _iso(transition.at),
        "reason": transition.reason,
    }


def _position_json(position: Position | None) -> dict[str, str] | None:
    return None if position is None else position.to_json()


def _iso(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
