"""An account as the lanes use it: its exchange, its watch, and what is known of its mode and contracts."""

import time
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter

from executor.bitget.exchange import BitgetExchange
from executor.bitget.positions import PositionRead
from executor.bitget.reads import ReadFailed
from executor.bitget.terms import AccountMode
from executor.config import AccountConfig
from executor.core.contract import Contract, Market
from executor.core.position import PositionMode
from executor.engine.remembered import Remembered
from executor.engine.watch import Watch

MODE_LIFETIME_SECONDS = 60.0  # it can be changed in the app at any time; the exchange itself refuses a mismatch
CONTRACT_LIFETIME_SECONDS = 3600.0
WARM_CONNECTIONS = 4  # beside the watch's own: for orders that leave together
WARM_SECONDS = 20.0  # after which an idle connection is used again; below Transport's MAX_IDLE_SECONDS


class Venue:
    """One account's exchange with what the lanes need to know of it. Reads raise ReadFailed or ReadRefused."""

    def __init__(self, account: AccountConfig, markets: Iterable[Market], on_read: Callable[[], None]) -> None:
        self.account = account
        self.exchange = BitgetExchange(
            account.name,
            key=account.api_key.get_secret_value(),
            secret=account.api_secret.get_secret_value(),
            passphrase=account.api_passphrase.get_secret_value(),
            base_url=account.base_url,
            demo=account.venue == "demo",
            reversals_per_second=float(account.rate_limit),
        )
        self._markets = sorted(markets, key=attrgetter("product_type"))
        max_age = account.position_max_age.total_seconds()
        self.watch = Watch(self.exchange, self._markets, self._upkeep, on_read, max_age)
        self._mode_of: dict[str, PositionMode] = {}  # by product type: the exchange knows one mode for all its symbols
        self._modes: Remembered[AccountMode] = Remembered(self._ask_mode, MODE_LIFETIME_SECONDS)
        self._warmed = float("-inf")
        self._contracts: Remembered[Contract] = Remembered(self.exchange.contract, CONTRACT_LIFETIME_SECONDS)

    def mode(self, market: Market) -> PositionMode:
        """The account's mode for the market's product type, by the newest answer for any of its symbols."""
        return self._mode_of.get(market.product_type) or self._modes.ask(market).mode

    def margin_mode(self, market: Market) -> str:
        return self._modes.of(market).margin_mode

    def contract(self, market: Market) -> Contract:
        return self._contracts.of(market)

    def forget_mode(self) -> None:
        """After the exchange has refused a request for its mode."""
        self._mode_of.clear()
        self._modes.forget()

    def knows(self, market: Market, after: float) -> bool:
        """Whether `position`, `contract` and the mode have nothing to ask for, and no trouble to tell of."""
        try:
            read = self.watch.latest(market, max(after, self._oldest()))
        except ReadFailed:
            return False
        return (
            read is not None
            and self._contracts.knows(market)
            and (read.mode or self._mode_of.get(market.product_type)) is not None
        )

    def position(self, market: Market, after: float) -> PositionRead:
        """A position to decide from: the watch's if it is recent and was asked for later than `after`, else a read.

        `after` is in seconds of time.monotonic(): when the lane's last order ended.
        """
        return self.watch.latest(market, max(after, self._oldest())) or self.exchange.position(market)

    def _oldest(self) -> float:
        return time.monotonic() - self.account.position_max_age.total_seconds()

    def _ask_mode(self, market: Market) -> AccountMode:
        found = self.exchange.account_mode(market)
        self._mode_of[market.product_type] = found.mode
        return found

    def _upkeep(self) -> None:
        """After each round of reads: keep connections open, ask for all contracts at once when they are old, and for
        one symbol's modes at a time.
        """
        if time.monotonic() - self._warmed > WARM_SECONDS:
            self._warmed = time.monotonic()
            self.exchange.warm(WARM_CONNECTIONS)
        if self._contracts.outdated(self._markets):
            for product_type, group in groupby(self._markets, attrgetter("product_type")):
                markets = list(group)
                self._contracts.learn(markets, self.exchange.contracts(product_type, markets))
        for market in self._modes.outdated(self._markets)[:1]:
            self._modes.ask(market)

    def close(self) -> None:
        self.watch.stop()
        self.exchange.close()
