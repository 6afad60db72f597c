"""Whether what is said of a doubt is true of the present."""

import re
import time

from executor.core.order import State
from executor.simulator.faults import ORDERS

HOLDS = re.compile(r"the account holds ([^,;]+?)(?: as planned)?[,;]")


class Untold:
    """Watches what is said of doubts. What has changed just now need not be told yet."""

    def __init__(self, ledger, exchange, refused=None):
        """`refused` is the code by which the exchange refuses to show its order records, as long as it does."""
        self._ledger, self._exchange, self._refused = ledger, exchange, refused
        self._since = {}  # by order id, since when what is said of it is wrong (time.monotonic())

    def found(self):
        """By order in doubt that is not told of rightly: since when, and what is wrong."""
        doubted = self._ledger.queries.orders(state=State.IN_DOUBT, limit=1000)
        found = {order.id: (order, why) for order in doubted if (why := wrong(order, self._exchange, self._refused))}
        self._since = {name: self._since.get(name, time.monotonic()) for name in found}
        return [(self._since[name], f"untold: {why}: {order}") for name, (order, why) in found.items()]


def wrong(order, exchange, refused):
    """What is wrong with an order's present reason, None if nothing is."""
    if not order.awaits:
        return "no reason"
    if "records could not be read" in order.awaits and refused and refused not in order.awaits:
        return f"the records are refused with {refused}"
    if "could not be read" in order.awaits and not any(
        fault["endpoint"] not in ORDERS for fault in exchange.faults.to_json()
    ):
        return "everything can be read"
    account, symbol = order.intent.lane
    if told := HOLDS.search(order.awaits):
        held = " and ".join(f"{side} {size}" for side, size in exchange.accounts[account].sizes(symbol).items())
        if told[1] != (held or "flat"):
            return f"it holds {held or 'flat'}"
    return None
