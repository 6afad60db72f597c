"""The configuration in force and the venues that belong to it, replaced together when config.yaml changes."""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from executor.bitget.rate_limits import AddressLimit
from executor.bitget.reads import ReadFailed
from executor.bitget.server_clock import ServerClock
from executor.config import AccountConfig, Brakes, Config
from executor.core.contract import Market
from executor.core.order import Lane
from executor.core.position import Position
from executor.engine.shared_reads import SharedReads
from executor.engine.venue import WARM_CONNECTIONS, Venue
from executor.engine.watch import Watch
from executor.ledger import Beat

MOST_WARM_AT_ONCE = 16  # of the 20 times a second that Bitget lets one address ask for its time
APART_SECONDS = 0.25
KNOWN_SECONDS = 5.0  # for people, a position read longer ago is not known any more


def warm_connections(accounts: int) -> int:
    """How many each of so many accounts keeps open: they are used at the same moment, from one address."""
    return max(1, min(WARM_CONNECTIONS, MOST_WARM_AT_ONCE // accounts))


def _apart(processes: int) -> float:
    """How many seconds a process that starts beside others waits before it reads what its orders will need: they often
    start together, and what Bitget's public paths take is counted for all of an address.
    """
    return (processes - 1) * random.uniform(APART_SECONDS, 2 * APART_SECONDS)  # noqa: S311 - to be apart, not secret


class Venues:
    """What lanes ask of the configuration. `on_read(account)` is called whenever an account's watch has read.

    `shared(watch)` leads to what other processes read of an account.
    """

    def __init__(self, on_read: Callable[[str], None], shared: Callable[[str], SharedReads]) -> None:
        self._on_read, self._shared = on_read, shared
        self._address = AddressLimit()
        self._beat, self._beat_until = Beat(known=True, unfinished={}, due=()), float("-inf")
        self._config: Config | None = None
        self._venues: dict[str, Venue] = {}

    def apply(self, config: Config) -> None:
        """Take up a configuration. Accounts that did not change keep their connections and their watch."""
        markets = tuple(symbol.market for symbol in config.symbols.values())
        same_markets = self._config is not None and self._config.symbols == config.symbols
        venues: dict[str, Venue] = {}
        with ExitStack() as if_it_fails:
            for name, account in config.accounts.items():
                kept = self._venues.get(name)
                if kept is not None and same_markets and kept.account == account:
                    venues[name] = kept
                else:
                    venues[name] = self._open(account, markets, len(config.accounts))
                    if_it_fails.callback(venues[name].close)
            if_it_fails.pop_all()
        outdated = [venue for name, venue in self._venues.items() if venues.get(name) is not venue]
        self._config, self._venues = config, venues
        for venue in outdated:
            venue.close()

    def _open(self, account: AccountConfig, markets: tuple[Market, ...], accounts: int) -> Venue:
        connections = warm_connections(accounts * self._beat.neighbours)
        on_read = partial(self._on_read, account.name)
        venue = Venue(account, markets, on_read, connections, self._address, self._shared)
        self._share(venue, connections)
        venue.start(_apart(self._beat.neighbours))
        return venue

    def watching(self) -> dict[str, str | None]:
        """The watches that this process can keep, and what trouble each has."""
        return {each.key_mark: each.watch.trouble_to_tell for each in self._venues.values() if each.watch.able}

    def share(self, beat: Beat, until: float) -> None:
        """Who uses the accounts beside this process, as its last heartbeat has shown: it may hold watches until then
        (time.monotonic() seconds).
        """
        self._beat, self._beat_until = beat, until
        self._address.share(beat.neighbours)
        venues = self._venues
        connections = warm_connections(max(1, len(venues)) * beat.neighbours)
        for venue in venues.values():
            self._share(venue, connections)

    def _share(self, venue: Venue, connections: int) -> None:
        venue.share(self._beat.nodes, connections)
        if lease := self._beat.watches.get(venue.key_mark):
            if lease.mine:
                venue.watch.hold(self._beat_until, self._beat.nodes)
            else:
                venue.watch.follow(lease.trouble)

    def venue(self, account: str) -> Venue | None:
        return self._venues.get(account)

    def venue_of_key(self, key_mark: str) -> Venue | None:
        """The account with that key, whatever its name is by now."""
        return next((venue for venue in self._venues.values() if venue.key_mark == key_mark), None)

    def market(self, symbol: str) -> Market | None:
        known = self._config.symbols.get(symbol) if self._config else None
        return known.market if known else None

    def brakes(self, symbol: str) -> Brakes | None:
        known = self._config.symbols.get(symbol) if self._config else None
        return known.brakes if known else None

    def troubles(self) -> dict[str, str]:
        """Account → why its positions cannot be read just now."""
        return {name: venue.watch.trouble for name, venue in self._venues.items() if venue.watch.trouble}

    def clocks(self) -> dict[str, ServerClock]:
        """Account → its exchange's clock."""
        return {name: venue.exchange.clock for name, venue in self._venues.items()}

    def holdings(self) -> dict[Lane, Position | None]:
        """What every lane of the configuration holds, as last read; None if that is not known just now."""
        config, oldest = self._config, time.monotonic() - KNOWN_SECONDS
        markets = [symbol.market for symbol in config.symbols.values()] if config else []
        return {
            Lane(name, market.symbol): _held(venue.watch, market, oldest)
            for name, venue in self._venues.items()
            for market in markets
        }

    def close(self) -> None:
        for venue in self._venues.values():
            venue.close()


def _held(watch: Watch, market: Market, oldest: float) -> Position | None:
    try:
        read = watch.latest(market, oldest)
    except ReadFailed:
        return None
    return read.position if read else None
