"""What the names in config.yaml mean, and when a change of their meaning has to wait.

An order in flight is followed by the name of its account and symbol. As long as one is, the account keeps its name and
its key, and the symbol its contract.
"""

from collections.abc import Iterable, Sequence

import structlog

from executor.config import Config
from executor.core.contract import Market
from executor.core.order import Lane
from executor.engine.accounts.account import same_contract, same_key
from executor.ledger import OrderRow

log = structlog.get_logger()

MOST_NAMED = 5  # orders, in a complaint
Meaning = tuple[str, str, Market]  # venue, mark of the key, contract


def means_the_same(before: Config, after: Config) -> bool:
    """Whether every account and symbol of the one configuration is there and unchanged in the other."""
    accounts = all(_account(before, name) == _account(after, name) for name in before.accounts)
    return accounts and all(_contract(before, name) == _contract(after, name) for name in before.symbols)


def held_up_by(before: Config, after: Config, in_flight: Iterable[OrderRow]) -> tuple[OrderRow, ...]:
    """The orders that can be followed now, and could not be any more after the change."""
    return tuple(
        order
        for order in in_flight
        if follows(before, order) and _meaning(before, order.intent.lane) != _meaning(after, order.intent.lane)
    )


def follows(config: Config, order: OrderRow) -> bool:
    """Whether the lane's names lead to where the order was sent."""
    account, symbol = config.accounts.get(order.intent.account), config.symbols.get(order.intent.symbol)
    send = order.sends[-1]
    return bool(account and symbol and same_key(account, send) and same_contract(symbol.market, send))


def why_it_waits(orders: Sequence[OrderRow]) -> str:
    named = ", ".join(f"{order.intent.lane} (receipt {order.receipt})" for order in orders[:MOST_NAMED])
    more = f" and {len(orders) - MOST_NAMED} more" if len(orders) > MOST_NAMED else ""
    return (
        "this change is not in force yet: it renames, removes or gives another key to an account, or another contract "
        f"to a symbol, and orders are in flight there: {named}{more}. It comes into force once these have ended; the "
        "whole of the old configuration stays in force until then"
    )


def log_lost_names(config: Config, in_flight: Iterable[OrderRow]) -> None:
    """Log, at a start, the orders whose account or symbol the configuration knows no more, or as something else."""
    for order in in_flight:
        if not follows(config, order):
            lane, key = order.intent.lane, order.sends[-1].key_mark
            known_as = next((name for name, account in config.accounts.items() if account.key_mark == key), None)
            log.error(
                "order in flight under a changed name",
                receipt=order.receipt,
                account=lane.account,
                symbol=lane.symbol,
                account_now=known_as,
                reason="config.yaml has renamed, removed or changed its account or symbol since it was sent",
            )


def _meaning(config: Config, lane: Lane) -> Meaning | None:
    account, contract = _account(config, lane.account), _contract(config, lane.symbol)
    return (*account, contract) if account and contract else None


def _account(config: Config, name: str) -> tuple[str, str] | None:
    account = config.accounts.get(name)
    return (account.venue, account.key_mark) if account else None


def _contract(config: Config, name: str) -> Market | None:
    symbol = config.symbols.get(name)
    return symbol.market if symbol else None
