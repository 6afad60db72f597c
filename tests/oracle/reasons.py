"""Whether what is said of a doubt is true of the present."""

import re

from executor.core.order import State

HOLDS = re.compile(r"the account holds ([^,;]+?)(?: as planned)?[,;]")


def untold(ledger, exchange, refused=None):
    """The orders in doubt that do not say why. Ask again: what has changed just now is not told yet.

    `refused` is the code by which the exchange refuses to show its order records, as long as it does.
    """
    return [f"untold: {why}: {order}" for order in doubted(ledger) if (why := wrong(order, exchange, refused))]


def doubted(ledger):
    return ledger.orders(state=State.IN_DOUBT, limit=1000)


def wrong(order, exchange, refused):
    """What is wrong with an order's present reason, None if nothing is."""
    if not order.awaits:
        return "no reason"
    if "could not be read" in order.awaits and refused and refused not in order.awaits:
        return f"the records are refused with {refused}"
    if "could not be read" in order.awaits and not refused:
        return "everything can be read"
    account, symbol = order.intent.lane
    if told := HOLDS.search(order.awaits):
        held = " and ".join(f"{side} {size}" for side, size in exchange.accounts[account].sizes(symbol).items())
        if told[1] != (held or "flat"):
            return f"it holds {held or 'flat'}"
    return None
