"""One account at Bitget: its reads, and the orders that are sent for it."""

import time
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from math import inf

from executor.bitget.answers import RETRY_LATER, Answer, InDoubt, NotDone, Why, judge, worded
from executor.bitget.client import Client, SignedRequest
from executor.bitget.contracts import contract_in, contracts_in
from executor.bitget.credentials import Credentials
from executor.bitget.endpoints import ENDPOINTS, Read
from executor.bitget.errors import MaybeSent, NeverSent
from executor.bitget.order_records import OrderRecord, ReversalList, order_in, orders_in
from executor.bitget.positions import AccountMode, PositionRead, PositionsRead, account_mode_in, position_in
from executor.bitget.rate_limits import AddressLimit, FairQueue, ReadBudget
from executor.bitget.reads import NotFound, ReadClient, ReadRefused
from executor.bitget.server_clock import ServerClock
from executor.bitget.transport import Transport
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
        address: AddressLimit | None = None,
        connect_timeout_seconds: float = 5,
        read_timeout_seconds: float = 10,
    ) -> None:
        self.account = account
        self.clock = ServerClock()
        self._transport = Transport(base_url, connect_timeout_seconds, read_timeout_seconds)
        address = address or AddressLimit()
        self._client = Client(Credentials(key, secret, passphrase), self._transport, self.clock, address, demo)
        self._budget = ReadBudget(address)
        self._reads = ReadClient(self._client, self._budget)
        self._queues = {operation: FairQueue(ENDPOINTS[operation].per_second) for operation in Operation}
        self._queues[Operation.REVERSE] = FairQueue(reversals_per_second)

    def __repr__(self) -> str:
        return f"<BitgetExchange {self.account}>"

    def share(self, processes: int) -> None:
        """`processes` send and ask for this account: each takes its part of the account's limits."""
        self._budget.share(processes)
        for queue in self._queues.values():
            queue.share(processes)

    # Orders

    def reserve(self, operation: Operation, who: Hashable, *, again: bool = False) -> timedelta:
        """Zero if an order may leave now, which then counts against the limit; else how long to wait for its turn."""
        return self._queues[operation].take(who, again=again)

    def reserve_at_once(self, operation: Operation) -> bool:
        """Whether an order may leave now because none waits before it; it then counts against the limit."""
        return self._queues[operation].take_at_once()

    def give_back(self, operation: Operation) -> None:
        """An order that was counted does not leave after all."""
        self._queues[operation].give_back()

    def sign(self, request: Request, client_order_id: str) -> SignedRequest:
        """Sign an order. close-positions takes no clientOid, so there it stays in the ledger only."""
        named = {} if request.operation is Operation.CLOSE else {"clientOid": client_order_id}
        return self._client.sign(request.operation, request.body | named, client_order_id)

    def send(self, signed: SignedRequest, latest: float = inf) -> Answer:
        """Send it once, and not after `latest` (time.monotonic() seconds). Every outcome is an Answer, also one without
        a reply.
        """
        try:
            envelope = self._client.send(signed, latest)
        except NeverSent as error:
            return NotDone(str(error), Why.NEVER_SENT)
        except MaybeSent as error:
            return InDoubt(str(error), error.answered)
        if envelope.too_many_requests:
            self._queues[signed.operation].pause(envelope.retry_after or RETRY_LATER)
        answer = judge(signed.operation, signed.client_order_id, envelope)
        return worded(answer, self._client.redact)

    # Reads: each raises ReadFailed (unknown, may be asked again) or ReadRefused (a definite no), and never waits.
    # `urgent` is a read that an order waits for; all others leave room for those.

    def position(self, market: Market, *, urgent: bool = False) -> PositionRead:
        asked = time.monotonic()
        return self._reads.ask(
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
        return self._reads.ask(Read.POSITIONS, what, parameters, lambda data: PositionsRead.of(data, asked))

    def account_mode(self, market: Market, *, urgent: bool = False) -> AccountMode:
        """The only read that has the position mode of an account that is flat."""
        parameters = _symbol(market) | {"marginCoin": market.margin_coin}
        return self._reads.ask(Read.ACCOUNT, self._of("the mode"), parameters, account_mode_in, urgent=urgent)

    def contract(self, market: Market) -> Contract:
        """Urgent: without it nothing can be decided."""
        what, parse = f"the contract {market.symbol}", lambda data: contract_in(data, market)
        found = self._reads.ask(Read.CONTRACTS, what, _symbol(market), parse, urgent=True)
        if isinstance(found, str):
            raise ReadRefused(what, found)
        return found

    def contracts(self, product_type: str, markets: Iterable[Market]) -> dict[Market, Contract]:
        """The contracts of a product type's markets in one answer; `contract` says why one is missing."""
        what, parameters = f"the contracts of {product_type}", {"productType": product_type}
        return self._reads.ask(Read.CONTRACTS, what, parameters, lambda data: contracts_in(data, markets))

    def find_order(self, market: Market, client_order_id: str, order_id: str = "") -> OrderRecord | None:
        """The order with one of these ids; None if neither order/detail nor the history knows it (yet)."""
        known = {"orderId": order_id} if order_id else {"clientOid": client_order_id}
        what, parameters = self._of(f"the order {order_id or client_order_id}"), _symbol(market) | known
        try:
            return self._reads.ask(Read.ORDER, what, parameters, lambda data: order_in(data, known))
        except NotFound:
            past = self._reads.ask(Read.HISTORY, what, parameters, orders_in)
        return next((order for order in past if order.is_the_one(known)), None)

    def reversals_since(self, product_type: str, since: datetime) -> ReversalList:
        """What `read` then reads. A `since` taken from `server_now` may be ahead of the exchange by `clock.error`."""
        return ReversalList(self._reads, self.account, product_type, since)

    # Clock and connections

    def server_now(self) -> datetime:
        """The exchange's clock, learned from every answer; the machine's own before the first."""
        return self.clock.now()

    def sync_time(self) -> datetime:
        """Ask the exchange for its time and return it. Raises ReadFailed."""
        self._reads.ask(Read.TIME, "the exchange's time", {}, lambda data: None)
        return self.server_now()

    def warm(self, connections: int) -> None:
        """Open about that many connections ahead by reading the exchange's time on each. Raises ReadFailed."""
        self._transport.warm(connections, self.sync_time)

    def close(self) -> None:
        self._transport.close()

    def _of(self, what: str) -> str:
        return f"{what} of account {self.account}"


def _symbol(market: Market) -> dict[str, str]:
    return {"symbol": market.symbol, "productType": market.product_type}
