"""The configuration in force and its accounts, replaced together when config.yaml changes."""

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
from executor.engine.accounts.account import WARM_CONNECTIONS, Account
from executor.engine.accounts.shared_reads import SharedReads
from executor.engine.accounts.watch import Watch
from executor.ledger import Beat

MOST_WARM_AT_ONCE = 16  # of the 20 times a second that Bitget lets one address ask for its time
APART_SECONDS = 0.25
KNOWN_SECONDS = 5.0  # a position read longer ago is not shown as known


def warm_connections(accounts: int) -> int:
    """How many each account keeps open: all are used at the same moment, from one address."""
    return max(1, min(WARM_CONNECTIONS, MOST_WARM_AT_ONCE // accounts))


def _apart(processes: int) -> float:
    """How many seconds a process waits before it reads what its orders will need. Processes often start together, and
    Bitget counts its public paths for an address.
    """
    return (processes - 1) * random.uniform(APART_SECONDS, 2 * APART_SECONDS)  # noqa: S311 - to be apart, not secret


class Accounts:
    """The accounts, and what lanes ask of the configuration.

    `on_read(account)` is called whenever an account's watch has read. `shared(watch)` gives access to what other
    processes read of an account.
    """

    def __init__(self, on_read: Callable[[str], None], shared: Callable[[str], SharedReads]) -> None:
        self._on_read, self._shared = on_read, shared
        self._address = AddressLimit()
        self._beat, self._beat_until = Beat(known=True, unfinished={}, due=()), float("-inf")
        self._config: Config | None = None
        self._accounts: dict[str, Account] = {}

    def apply(self, config: Config) -> None:
        """Use a configuration. Accounts that did not change keep their connections and their watch."""
        markets = tuple(symbol.market for symbol in config.symbols.values())
        same_markets = self._config is not None and self._config.symbols == config.symbols
        accounts: dict[str, Account] = {}
        with ExitStack() as if_it_fails:
            for name, section in config.accounts.items():
                kept = self._accounts.get(name)
                if kept is not None and same_markets and kept.config == section:
                    accounts[name] = kept
                else:
                    accounts[name] = self._open(section, markets, len(config.accounts))
                    if_it_fails.callback(accounts[name].close)
            if_it_fails.pop_all()
        outdated = [account for name, account in self._accounts.items() if accounts.get(name) is not account]
        self._config, self._accounts = config, accounts
        for account in outdated:
            account.close()

    def _open(self, section: AccountConfig, markets: tuple[Market, ...], count: int) -> Account:
        connections = warm_connections(count * self._beat.neighbours)
        on_read = partial(self._on_read, section.name)
        account = Account(section, markets, on_read, connections, self._address, self._shared)
        self._share(account, connections)
        account.start(_apart(self._beat.neighbours))
        return account

    def watching(self) -> dict[str, str | None]:
        """The watches that this process can keep, by key mark, and the trouble of each."""
        return {each.key_mark: each.watch.trouble_to_tell for each in self._accounts.values() if each.watch.able}

    def share(self, beat: Beat, until: float) -> None:
        """Share the accounts with the processes of the last heartbeat. This one may hold watches `until` then
        (time.monotonic() seconds).
        """
        self._beat, self._beat_until = beat, until
        self._address.share(beat.neighbours)
        accounts = self._accounts
        connections = warm_connections(max(1, len(accounts)) * beat.neighbours)
        for account in accounts.values():
            self._share(account, connections)

    def _share(self, account: Account, connections: int) -> None:
        account.share(self._beat.nodes, connections)
        if lease := self._beat.watches.get(account.key_mark):
            if lease.mine:
                account.watch.hold(self._beat_until, self._beat.nodes)
            else:
                account.watch.follow(lease.trouble)

    def get(self, name: str) -> Account | None:
        return self._accounts.get(name)

    def with_key(self, key_mark: str) -> Account | None:
        """The account with that key, whatever its present name."""
        return next((account for account in self._accounts.values() if account.key_mark == key_mark), None)

    def market(self, symbol: str) -> Market | None:
        known = self._config.symbols.get(symbol) if self._config else None
        return known.market if known else None

    def brakes(self, symbol: str) -> Brakes | None:
        known = self._config.symbols.get(symbol) if self._config else None
        return known.brakes if known else None

    def troubles(self) -> dict[str, str]:
        """Account → why its positions cannot be read just now."""
        return {name: account.watch.trouble for name, account in self._accounts.items() if account.watch.trouble}

    def clocks(self) -> dict[str, ServerClock]:
        """Account → its exchange's clock."""
        return {name: account.exchange.clock for name, account in self._accounts.items()}

    def holdings(self) -> dict[Lane, Position | None]:
        """What every lane of the configuration holds, as last read; None if that is not known just now."""
        config, oldest = self._config, time.monotonic() - KNOWN_SECONDS
        markets = [symbol.market for symbol in config.symbols.values()] if config else []
        return {
            Lane(name, market.symbol): _held(account.watch, market, oldest)
            for name, account in self._accounts.items()
            for market in markets
        }

    def close(self) -> None:
        for account in self._accounts.values():
            account.close()


def _held(watch: Watch, market: Market, oldest: float) -> Position | None:
    try:
        read = watch.latest(market, oldest)
    except ReadFailed:
        return None
    return read.position if read else None
