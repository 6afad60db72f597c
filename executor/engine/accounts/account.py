"""An account of config.yaml while the process uses it: its exchange, watch and upkeep, its mode and contracts."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from operator import attrgetter

from executor.bitget.exchange import BitgetExchange
from executor.bitget.positions import AccountMode, PositionRead
from executor.bitget.rate_limits import AddressLimit
from executor.bitget.reads import ReadFailed
from executor.config import AccountConfig
from executor.core.contract import Contract, Market
from executor.core.position import PositionMode
from executor.engine.accounts.recent_reversals import RecentReversals
from executor.engine.accounts.shared_reads import SharedReads
from executor.engine.accounts.upkeep import Chore, Upkeep, patiently
from executor.engine.accounts.watch import Watch
from executor.ledger import Send, SendRow

MODE_LIFETIME_SECONDS = 60.0  # it can be changed in the app at any time; the exchange itself refuses a mismatch
CONTRACT_LIFETIME_SECONDS = 3600.0
WARM_CONNECTIONS = 11  # Bitget lets 10 reversals leave at once, beside the watch's read; a new one costs 3 round trips
WARM_SECONDS = 40.0  # after which an idle connection is used again; below the adapter's MAX_IDLE_SECONDS


def same_key(account: "Account | AccountConfig", send: Send | SendRow) -> bool:
    """Whether this account's positions and records are evidence on that request. Older versions stored no mark."""
    return send.key_mark in ("", account.key_mark)


def same_contract(market: Market, send: Send | SendRow) -> bool:
    """Whether this market's positions are evidence on that request. A close names no margin coin."""
    given = (send.request.get("productType", market.product_type), send.request.get("marginCoin", market.margin_coin))
    return given == (market.product_type, market.margin_coin)


class Account:
    """One account while the process uses it. Reads raise ReadFailed or ReadRefused."""

    def __init__(
        self,
        config: AccountConfig,
        markets: Iterable[Market],
        on_read: Callable[[], None],
        connections: int = WARM_CONNECTIONS,
        address: AddressLimit | None = None,
        shared: Callable[[str], SharedReads] | None = None,
    ) -> None:
        """`connections` are kept open, the watch's included. `address` counts all requests of the process. `shared`
        gives access to what other processes read; without it there are none.
        """
        self.config, self.key_mark = config, config.key_mark
        self.exchange = BitgetExchange(
            config.name,
            key=config.api_key.get_secret_value(),
            secret=config.api_secret.get_secret_value(),
            passphrase=config.api_passphrase.get_secret_value(),
            base_url=config.base_url,
            demo=config.venue == "demo",
            reversals_per_second=float(config.rate_limit),
            address=address,
        )
        self.recent_reversals = RecentReversals(self.exchange)
        self._connections = connections
        self._markets = sorted(set(markets), key=attrgetter("product_type"))
        max_age = config.position_max_age.total_seconds()
        self.watch = Watch(self.exchange, self._markets, on_read, max_age, shared(self.key_mark) if shared else None)
        self._modes: dict[str, PositionMode] = {}  # by product type, whose symbols all share one mode
        self._contracts: dict[Market, Contract] = {}
        self._upkeep = Upkeep(
            config.name,
            {
                "contracts": Chore(self._read_contracts, CONTRACT_LIFETIME_SECONDS),
                "modes": Chore(self._read_modes, MODE_LIFETIME_SECONDS),
                "connections": Chore(self._warm, WARM_SECONDS),
            },
        )

    def start(self, upkeep_after_seconds: float = 0.0) -> None:
        if self._markets:
            self.watch.start()
            self._upkeep.start(upkeep_after_seconds)

    def close(self) -> None:
        self.watch.stop()
        self._upkeep.stop()
        self.exchange.close()

    def share(self, processes: int, connections: int) -> None:
        """`processes` use the account; this one keeps `connections` open."""
        self.exchange.share(processes)
        self._connections = connections

    def mode(self, market: Market) -> PositionMode:
        """The account's mode for the market's product type, by the newest answer for any of its symbols."""
        return self._modes.get(market.product_type) or self._read_mode(market, urgent=True).mode

    def margin_mode(self, market: Market) -> str:
        """As it is now: an opening order has to name it, and it can be changed for each symbol at any time."""
        return self._read_mode(market, urgent=True).margin_mode

    def contract(self, market: Market) -> Contract:
        if market not in self._contracts:
            self._contracts[market] = self.exchange.contract(market)
        return self._contracts[market]

    def forget_mode(self) -> None:
        """After the exchange has refused a request for its mode."""
        self._modes.clear()
        self._upkeep.want("modes")

    def knows(self, market: Market, after: float) -> bool:
        """Whether a decision can be made without asking the exchange."""
        try:
            read = self.watch.latest(market, max(after, self._oldest()))
        except ReadFailed:
            return False
        return read is not None and self.has_contract(market) and (read.mode is not None or self.has_mode(market))

    def has_contract(self, market: Market) -> bool:
        """Whether `contract` has nothing to ask for."""
        return market in self._contracts

    def has_mode(self, market: Market) -> bool:
        """Whether `mode` has nothing to ask for."""
        return market.product_type in self._modes

    def watched(self, market: Market, after: float) -> PositionRead | None:
        """A position to decide from: the watch's, if it is recent and was asked for later than `after`
        (time.monotonic()). Raises ReadFailed if the exchange's rows were not clear.
        """
        return self.watch.latest(market, max(after, self._oldest()))

    def _oldest(self) -> float:
        return time.monotonic() - self.config.position_max_age.total_seconds()

    def _read_mode(self, market: Market, *, urgent: bool) -> AccountMode:
        found = self.exchange.account_mode(market, urgent=urgent)
        self._modes[market.product_type] = found.mode
        return found

    def _read_modes(self) -> None:
        for market in {market.product_type: market for market in self._markets}.values():
            patiently(partial(self._read_mode, market, urgent=False))

    def _read_contracts(self) -> None:
        for product_type, markets in groupby(self._markets, attrgetter("product_type")):
            self._contracts |= patiently(partial(self.exchange.contracts, product_type, list(markets)))

    def _warm(self) -> None:
        patiently(partial(self.exchange.warm, self._connections))
