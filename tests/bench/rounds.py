"""Runs the parts: executor and floor in turn, so that what else the machine does falls on both."""

from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.parts import PARTS
from tests.bench.series import Load, Lost, measure, settle, warm_up
from tests.bench.servers import distant_exchange, exchange, executor, floor, holding_peers


class Rounds:
    """Measures the named parts. `scale` is the share of each load's alerts, `tell` takes words on how it goes."""

    def __init__(self, names, ledgers, idle_seconds, scale, tell):
        self.names, self.ledgers, self.idle_seconds, self.scale, self.tell = names, ledgers, idle_seconds, scale, tell

    def run(self, number):
        """Part → [figures of its base, of its subject]; None where an alert was lost."""
        found = {name: [None, None] for name in self.names}
        for pair in dict.fromkeys((PARTS[name].base, PARTS[name].subject) for name in self.names):
            mine = [name for name in self.names if (PARTS[name].base, PARTS[name].subject) == pair]
            for place in (0, 1) if number % 2 else (1, 0):
                self.tell(f"round {number}: {pair[place].name}: {', '.join(mine)}")
                try:
                    for name, figures in self._measured(pair[place], mine):
                        found[name][place] = figures
                except Lost as lost:
                    self.tell(f"round {number}: {pair[place].name}: {lost}")
        return found

    def _measured(self, setup, names):
        """Each part's name and figures. Raises Lost: after that the lanes are not as they should be."""
        with self._running(setup, self._ledger(setup)) as (server, venue):
            alerts = setup.shape.alerts()
            warm_up(server, venue, alerts)
            for name in names:
                load = PARTS[name].load
                timed = measure(server, venue, alerts, load.scaled(self.scale), self.idle_seconds) if load else {}
                yield name, timed | {"until ready": server.start_seconds, "memory": server.process.memory_mb()}
            settle(venue)

    def _ledger(self, setup):
        """Its URL."""
        if setup.orders:
            return self.ledgers.long(setup.orders, lambda url: self._record(setup, url))
        ledger = self.ledgers.postgresql() if setup.postgresql else self.ledgers.sqlite()
        if setup.restarted:
            self._record(setup, ledger)
        return ledger

    def _record(self, setup, ledger):
        """An order on every lane, through to its end."""
        with self._running(setup, ledger) as (server, venue):
            measure(server, venue, setup.shape.alerts(), Load(setup.shape.lanes, rate=50))
            settle(venue)

    @contextmanager
    def _running(self, setup, ledger):
        """The server and its exchange."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
            place = distant_exchange if setup.distant else exchange
            venue = stack.enter_context(place(folder, setup.shape.symbols))
            starting = floor(folder, venue) if setup.floor else executor(folder, venue, setup.shape, ledger)
            server = stack.enter_context(starting)
            if setup.peers:
                stack.enter_context(holding_peers(folder, server, setup.peers))
            yield server, venue
