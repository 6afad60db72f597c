"""Runs the parts: the executor and what it is divided by in turn, so that what else the machine does falls on both."""

from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.parts import PARTS
from tests.bench.series import Load, Lost, at_rest, measure, warm_up
from tests.bench.servers import behind, distant_exchange, exchange, executor, floor


class Rounds:
    """`scale` is the share of each load's alerts that is sent, `tell` takes words on how it goes."""

    def __init__(self, ledgers, idle_seconds, scale, tell):
        self.ledgers, self.idle_seconds, self.scale, self.tell = ledgers, idle_seconds, scale, tell

    def run(self, names, rounds):
        """For each round: part → [figures of its base, of its subject], None where an alert was lost."""
        found = [{name: [None, None] for name in names} for _ in range(rounds)]
        for together in _together(names):
            if PARTS[together[0]].fresh:
                for each in found:
                    self._run_pair(together, [each])
            else:
                self._run_pair(together, found)
        return found

    def _run_pair(self, names, found):
        """Start both once, and measure them in turn, in as many rounds as there are places in `found`."""
        part = PARTS[names[0]]
        self.tell(f"{', '.join(names)}: starting")
        try:
            with self._running(part.base) as base, self._running(part.subject) as subject:
                for number, each in enumerate(found):
                    self.tell(f"{', '.join(names)}: round {number + 1} of {len(found)}")
                    for name in names:
                        for place in (0, 1) if number % 2 else (1, 0):
                            each[name][place] = self._measured((base, subject)[place], PARTS[name].load)
        except Lost as lost:
            self.tell(f"{', '.join(names)}: {lost}")  # and go no further: the lanes are not as they should be

    def _measured(self, running, load):
        server, venue, alerts = running
        timed = measure(server, venue, alerts, load.scaled(self.scale), self.idle_seconds) if load else at_rest(server)
        return timed | {"until ready": server.start_seconds, "memory": server.process.memory_mb()}

    @contextmanager
    def _running(self, setup, ledger=None):
        """A server that is warm, its exchange, and alerts for it."""
        ledger = ledger or self._ledger(setup)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
            place = distant_exchange if setup.distant else exchange
            venue = stack.enter_context(place(folder, setup.shape.symbols))
            starting = floor(folder, venue) if setup.floor else executor(folder, venue, setup, ledger)
            server = stack.enter_context(starting)
            if setup.proxy:
                server = stack.enter_context(behind(setup.proxy, folder, server, setup.peers))
            alerts = setup.shape.alerts()
            warm_up(server, venue, alerts)
            yield server, venue, alerts

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
        with self._running(setup, ledger) as (server, venue, alerts):
            measure(server, venue, alerts, Load(setup.shape.lanes, rate=50))


def _together(names):
    """The names of the parts that need the same two servers, for all such."""
    groups = {}
    for name in names:
        part = PARTS[name]
        groups.setdefault((part.base, part.subject, part.fresh), []).append(name)
    return list(groups.values())
