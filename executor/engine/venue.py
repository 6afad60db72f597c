"""An account as the lanes use it: its exchange, its watch, and what is known of its mode and contracts."""

import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from executor.bitget.exchange import BitgetExchange
from executor.bitget.positions import PositionRead
from executor.bitget.terms import AccountMode
from executor.config import AccountConfig
from executor.core.contract import Contract, Market
from executor.engine.watch import Watch

MODE_LIFETIME_SECONDS = 60.0  # it can be changed in the app at any time; the exchange itself refuses a mismatch
CONTRACT_LIFETIME_SECONDS = 3600.0


T = TypeVar("T")


class Remembered(Generic[T]):
    """A value per market: asked for when first needed, then kept fresh by `refresh`. Thread-safe."""

    def __init__(self, ask: Callable[[Market], T], lifetime_seconds: float) -> None:
        self._ask, self._lifetime_seconds = ask, lifetime_seconds
        self._known: dict[Market, tuple[T, float]] = {}

    def of(self, market: Market) -> T:
        """Raises what asking raises."""
        known = self._known.get(market)
        return known[0] if known else self._learn(market)

    def refresh(self, markets: Iterable[Market]) -> None:
        """Ask again for what is older than its lifetime or not known yet. Raises what asking raises."""
        oldest = time.monotonic() - self._lifetime_seconds
        for market in markets:
            known = self._known.get(market)
            if known is None or known[1] < oldest:
                self._learn(market)

    def forget(self) -> None:
        self._known.clear()

    def _learn(self, market: Market) -> T:
        asked = time.monotonic()
        value = self._ask(market)
        self._known[market] = (value, asked)
        return value


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
        self._markets = tuple(markets)
        self.watch = Watch(self.exchange, self._markets, self._upkeep, on_read)
        self._modes: Remembered[AccountMode] = Remembered(self.exchange.account_mode, MODE_LIFETIME_SECONDS)
        self._contracts: Remembered[Contract] = Remembered(self.exchange.contract, CONTRACT_LIFETIME_SECONDS)

    def mode(self, market: Market) -> AccountMode:
        return self._modes.of(market)

    def contract(self, market: Market) -> Contract:
        return self._contracts.of(market)

    def forget_mode(self) -> None:
        """After the exchange has refused a request for its mode."""
        self._modes.forget()

    def position(self, market: Market, after: float) -> PositionRead:
        """A position to decide from: the watch's if it is recent and was asked for later than `after`, else a read.

        `after` is in seconds of time.monotonic(): when the lane's last order ended.
        """
        oldest = time.monotonic() - self.account.position_max_age.total_seconds()
        return self.watch.latest(market, max(after, oldest)) or self.exchange.position(market)

    def _upkeep(self) -> None:
        self._modes.refresh(self._markets)
        self._contracts.refresh(self._markets)

    def close(self) -> None:
        self.watch.stop()
        self.exchange.close()
