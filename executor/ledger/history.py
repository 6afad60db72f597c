"""Every state that an order came into, in a table that only grows."""

from sqlalchemy import Connection, insert

from executor.core.order import State
from executor.ledger.prepared import Prepared
from executor.ledger.tables import transitions

_NEW = Prepared(insert(transitions))


def note_transition(connection: Connection, order_id: str, state: State, at: int, reason: str) -> None:
    _NEW.run(connection, {"order_id": order_id, "state": state.value, "at": at, "reason": reason})
