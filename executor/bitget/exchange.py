"""One account at Bitget: its reads, and the orders that are sent for it."""

import time
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta

from executor.bitget.answers import RETRY_LATER, Answer, InDoubt, NotDone, Why, judge, worded
from executor.bitget.budget import Address, Budget
from executor.bitget.client import Client, Credentials, Prepared
from executor.bitget.clock import ServerClock
from executor.bitget.endpoints import ENDPOINTS, Read
from executor.bitget.errors import MaybeSent, NeverSent
from executor.bitget.listing import ReversalList
from executor.bitget.orders import OrderTrace, order_in, orders_in
from executor.bitget.positions import PositionRead, PositionsRead, position_in
from executor.bitget.reads import NotFound, Reader, ReadRefused
from executor.bitget.terms import AccountMode, account_mode_in, contract_in, contracts_in
from executor.bitget.transport import Transport
from executor.bitget.turns import Turns
from executor.core.contract import Contract, Market
from executor.core.reversal import Operation, Request

LIVE_URL = "https://api.bitget.com"


class BitgetExchange:
    """Thread-safe; one per account. Keeps its connections until `close`.

    `demo` says that the key is one of demo trading. `reversals_per_second` is the account's limit for click-backhand:
    10, or 1 for copy-trading traders. `address` counts the requests of the process's other accounts, too. Raises
    UnusableCredentials.
    """

    def __init__(
        self,
        account: str,
        *,
        key: str,
        secret: str,
        passphrase: str,
        base_url: str = LIVE_URL,
        demo: bool = False,
        reversals_per_second: float = 10,
        address: Address | None = None,
        connect_timeout_seconds: float = 5,
        read_timeout_seconds: float = 10,
    ) -> None:
        self.account = account
        self.clock = ServerClock()
        self._transport = Transport(base_url, connect_timeout_seconds, read_timeout_seconds)
        address = address or Address()
        self._client = Client(Credentials(key, secret, passphrase), self._transport, self.clock, address, demo)
        self._budget = Budget(address)
        self._reader = Reader(self._client, self._budget)
        self._turns = {operation: Turns(ENDPOINTS[operation].per_second) for operation in Operation}
        self._turns[Operation.REVERSE] = Turns(reversals_per_second)

    def __repr__(self) -> str:
        return f"<BitgetExchange {self.account}>"

    def share(self, processes: int) -> None:
        """So many processes send and ask for this account: each takes its part of the account's limits."""
        self._budget.share(processes)
        for turns in self._turns.values():
            turns.share(processes)

    # Orders

    def reserve(self, operation: Operation, who: Hashable, *, again: bool = False) -> timedelta:
        """Zero if an order may leave now, which then counts against the limit; else when it is the asker's turn."""
        return self._turns[operation].take(who, again=again)

    def reserve_at_once(self, operation: Operation) -> bool:
        """Whether an order may leave now, if none waits before it; it then counts against the limit."""
        return self._turns[operation].take_at_once()

    def give_back(self, operation: Operation) -> None:
        """An order that was counted does not leave."""
        self._turns[operation].give_back()

    def prepare(self, request: Request, client_order_id: str) -> Prepared:
        """Sign an order. close-positions takes no clientOid, so there it stays in the ledger only."""
        named = {} if request.operation is Operation.CLOSE else {"clientOid": client_order_id}
        return self._client.prepare(request.operation, request.body | named, client_order_id)

    def send(self, prepared: Prepared) -> Answer:
        """Send it once. Whatever the network or the exchange does is an Answer."""
        try:
            envelope = self._client.send(prepared)
        except NeverSent as error:
            return NotDone(str(error), Why.NEVER_SENT)
        except MaybeSent as error:
            return InDoubt(str(error), error.answered)
        if envelope.too_many_requests:
            self._turns[prepared.operation].pause(envelope.retry_after or RETRY_LATER)
        answer = judge(prepared.operation, prepared.client_order_id, envelope)
        return worded(answer, self._client.hidden)

    # Reads: each raises ReadFailed (unknown, ask again) or ReadRefused (a definite no), and never waits for its turn.
    # `urgent` is a read that an order waits for; all others leave room for those.

    def position(self, market: Market, *, urgent: bool = False) -> PositionRead:
        asked = time.monotonic()
        return self._reader.ask(
            Read.POSITION,
            self._of(f"the {market.symbol} position"),
            _symbol(market) | {"marginCoin": market.margin_coin},
            lambda data: position_in(data, market, asked),
            urgent=urgent,
        )

    def positions(self, product_type: str) -> PositionsRead:
        """Every position of a product type in one answer."""
        asked, what = time.monotonic(), self._of(f"the {product_type} positions")
        parameters = {"productType": product_type}
        return self._reader.ask(Read.POSITIONS, what, parameters, lambda data: PositionsRead.of(data, asked))

    def account_mode(self, market: Market, *, urgent: bool = False) -> AccountMode:
        """The only read that tells the position mode of an account that is flat."""
        parameters = _symbol(market) | {"marginCoin": market.margin_coin}
        return self._reader.ask(Read.ACCOUNT, self._of("the mode"), parameters, account_mode_in, urgent=urgent)

    def contract(self, market: Market) -> Contract:
        """Urgent: without it nothing can be decided."""
        what, parse = f"the contract {market.symbol}", lambda data: contract_in(data, market)
        found = self._reader.ask(Read.CONTRACTS, what, _symbol(market), parse, urgent=True)
        if isinstance(found, str):
            raise ReadRefused(what, found)
        return found

    def contracts(self, product_type: str, markets: Iterable[Market]) -> dict[Market, Contract]:
        """The contracts of a product type's markets in one answer; `contract` says why one is missing."""
        what, parameters = f"the contracts of {product_type}", {"productType": product_type}
        return self._reader.ask(Read.CONTRACTS, what, parameters, lambda data: contracts_in(data, markets))

    def find_order(self, market: Market, client_order_id: str, order_id: str = "") -> OrderTrace | None:
        """The order with one of these ids; None if neither order/detail nor the history knows it (yet)."""
        known = {"orderId": order_id} if order_id else {"clientOid": client_order_id}
        what, parameters = self._of(f"the order {order_id or client_order_id}"), _symbol(market) | known
        try:
            return self._reader.ask(Read.ORDER, what, parameters, lambda data: order_in(data, known))
        except NotFound:
            past = self._reader.ask(Read.HISTORY, what, parameters, orders_in)
        return next((order for order in past if order.is_the_one(known)), None)

    def reversals_since(self, product_type: str, since: datetime) -> ReversalList:
        """What `read` then reads. A `since` taken from `server_now` may be ahead of the exchange by `clock.error`."""
        return ReversalList(self._reader, self.account, product_type, since)

    # Clock and connections

    def server_now(self) -> datetime:
        """The exchange's clock, learned from every answer; the machine's own before the first."""
        return self.clock.now()

    def sync_time(self) -> datetime:
        """Ask the exchange for its time and return it. Raises ReadFailed."""
        self._reader.ask(Read.TIME, "the exchange's time", {}, lambda data: None)
        return self.server_now()

    def warm(self, connections: int) -> None:
        """Open about that many connections ahead; each asks for the time. Raises ReadFailed."""
        self._transport.warm(connections, self.sync_time)

    def close(self) -> None:
        self._transport.close()

    def _of(self, what: str) -> str:
        return f"{what} of account {self.account}"


def _symbol(market: Market) -> dict[str, str]:
    return {"symbol": market.symbol, "productType": market.product_type}
