"""Wires the engine together: one Runner a process starts and stops everything."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from executor.config import Config
from executor.core.order import Lane
from executor.core.sender import Presented
from executor.engine.accounts.accounts import Accounts
from executor.engine.accounts.shared_reads import SharedReads
from executor.engine.backlog import Backlog
from executor.engine.clock_check import ClockCheck
from executor.engine.fast_path import FastPath
from executor.engine.identity import log_lost_names
from executor.engine.intake import Acknowledgement, Intake
from executor.engine.lanes import Lanes
from executor.engine.last_good import LastGood
from executor.engine.overload import Overload
from executor.engine.readiness import Readiness
from executor.engine.recurring import RecurringTask
from executor.engine.reload import Follower
from executor.engine.scheduler import Scheduler
from executor.engine.senders.admission import Admission
from executor.engine.senders.secret_uses import SecretUses
from executor.engine.timings import Timings
from executor.ledger import Ledger, Node, OrderRow, open_ledger
from executor.times import utc_now

log = structlog.get_logger()

LANE_THREADS = 96  # a missing answer holds one for ten seconds; idle ones cost next to nothing
LEASE = timedelta(seconds=5)  # without a heartbeat for this long, a process loses its lanes
HEARTBEAT_SECONDS = 1.5  # if one fails, the next is in time
FOLLOW_SECONDS = 1.5
FORGET_SECONDS = 600.0  # keys whose dedupe_window is over count no more; this only keeps their table small
TRIM_SECONDS = 60.0
USES_SECONDS = 60.0
LOCKS_SECONDS = 5.0
DRAIN_SECONDS = 8.0
DEFAULT_TIMINGS = Timings()


def this_node() -> Node:
    """A name that no process has had before: a restarted process must not be taken for the one that died."""
    host, pid = socket.gethostname(), os.getpid()
    return Node(f"{host}-{pid}-{secrets.token_hex(3)}", host, pid)


class Runner:
    """Owns everything between an alert's bytes and its order's end. Made after the process has forked.

    `now` is the machine's wall clock.
    """

    def __init__(
        self,
        path: Path,
        environ: Mapping[str, str],
        last_good: LastGood | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        """Raises ConfigError or LedgerError; starts nothing."""
        self.now = now
        self.accounts = Accounts(self._on_read, self._shared_reads)
        self.follower = Follower(path, environ, self.accounts.apply, last_good, now, self._in_flight)
        self.ledger: Ledger = open_ledger(self.config.ledger_url, now)
        self.ledger.migrate()
        self.node = this_node()
        self._lanes = Lanes(self.ledger, self.node.name, self.accounts, now, self._on_end, timings)
        self._overload = Overload()
        self._scheduler = Scheduler(self._run_lane, LANE_THREADS, timings.lane_retry)
        self._uses = SecretUses(self.ledger)
        self._admission = Admission(self._uses)
        self._backlog = Backlog(self.ledger)
        self.readiness = Readiness(self.ledger, self._backlog, lambda: self.config, timings)
        self._fast_path = FastPath(self.ledger, self._lanes, self._overload, self._scheduler.wake_first)
        self._intake = Intake(self._admission, self._backlog, self._fast_path, now, self.ledger.now, timings)
        self.clock_check = ClockCheck(now)
        self._ended = threading.Condition()
        self._waited_for = True
        self._recurring = [
            RecurringTask("heartbeat", HEARTBEAT_SECONDS, lambda: self.readiness.beat(self._heartbeat)),
            RecurringTask("forget keys", FORGET_SECONDS, self.ledger.alerts.forget_keys),
            RecurringTask("trim the ledger", TRIM_SECONDS, self.ledger.trim),
            RecurringTask("note used secrets", USES_SECONDS, self._uses.write),
            RecurringTask("log locks", LOCKS_SECONDS, lambda: self._admission.log_locks(self.config, self.now())),
            RecurringTask("follow config", FOLLOW_SECONDS, self.follower.look),
        ]

    @property
    def config(self) -> Config:
        return self.follower.config

    def start(self) -> None:
        """Join the ledger's nodes, watch the accounts, and continue what was left unfinished."""
        self.ledger.nodes.join(self.node, LEASE)
        self._heartbeat()  # how many processes there are, before the accounts are asked for anything
        self.accounts.apply(self.config)
        self._lanes.learn()
        log_lost_names(self.config, self.ledger.queries.orders_in_flight())
        self._scheduler.start()
        self._heartbeat()
        for task in self._recurring:
            task.start()
        self.follower.in_force()
        log.info("started", node=self.node.name, accounts=len(self.config.accounts), rules=len(self.config.book.rules))

    def take(self, sender: str, body: bytes, presented: Presented) -> Acknowledgement:
        """See Intake.take."""
        with self._overload:
            return self._intake.take(self.config, sender, body, presented)

    def wait(self, receipt: str, seconds: float) -> bool:
        """Whether every order of the receipt has ended. Blocks until then, at most that long and until `end_waits`."""
        deadline = time.monotonic() + seconds
        found = self.ledger.queries.receipt(receipt)
        for order in found.orders if found else ():
            self._lanes.urge(order.intent.lane)
        with self._ended:
            while not self._all_ended(receipt):
                left = deadline - time.monotonic()
                if left <= 0 or not self._waited_for:
                    return False
                self._ended.wait(min(left, 0.25))  # another process may end them
        return True

    def end_waits(self) -> None:
        """End all waits because the process is about to end. Takes no lock: a signal's handler may call it."""
        self._waited_for = False

    def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Carry out what is due, at most that long, then leave the rest to the next process."""
        deadline = time.monotonic() + drain_seconds
        self._fast_path.stop()
        while self._scheduler.busy and time.monotonic() < deadline:
            time.sleep(0.02)
        self._scheduler.stop(max(1.0, deadline - time.monotonic()))
        self._lanes.write_down()
        for task in self._recurring:
            task.stop()
        self.accounts.close()
        try:
            self.ledger.nodes.leave(self.node.name)
            self._uses.write()
        finally:
            self.ledger.close()
        log.info("stopped", node=self.node.name)

    def _in_flight(self) -> tuple[OrderRow, ...]:
        return self.ledger.queries.orders_in_flight()

    def _all_ended(self, receipt: str) -> bool:
        found = self.ledger.queries.receipt(receipt)
        return found is not None and all(order.state.final for order in found.orders)

    def _run_lane(self, lane: Lane) -> timedelta | None:
        self._overload.give_way()
        return self._lanes.run(lane)

    def _heartbeat(self) -> None:
        """Prolong the lease, and check that the ledger is still there.

        Also wakes lanes with something to do that no process holds: left by a process that died, or waiting for
        their time, or claimed by one of our writes that seemed to fail.
        """
        self.clock_check.look(self.accounts.clocks())
        self._backlog.begin_count()
        started = time.monotonic()
        beat = self.ledger.nodes.heartbeat(self.node.name, LEASE, self.accounts.watching())
        if not beat.known:
            self.ledger.nodes.join(self.node, LEASE)
        self.accounts.share(beat, until=started + LEASE.total_seconds())
        self.ledger.check_file()
        self._backlog.follow(beat.unfinished)
        for lane in beat.due:
            if not self._lanes.holds(lane):
                self._scheduler.wake(lane)

    def _shared_reads(self, watch: str) -> SharedReads:
        return SharedReads(self.ledger, self.node.name, watch)

    def _on_read(self, account: str) -> None:
        for lane in self._lanes.watching(account):
            self._scheduler.wake(lane)

    def _on_end(self, order: OrderRow) -> None:
        self._backlog.changed([order.intent.lane], by=-1)
        with self._ended:
            self._ended.notify_all()
