"""What may happen to an executor in a day of seconds: signals, faults, people, processes, files. Then the oracle."""

import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

import requests
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from executor.errors import AlertRefused
from executor.ledger import open_ledger
from tests.clock import SteppedClock
from tests.desk import LIFETIME, Desk
from tests.oracle import Oracle, Terms
from tests.oracle.looking import WatchedLater, in_flight
from tests.oracle.reasons import Untold

ANSWERED_DOUBT_MS, LATE_READS_MS = 2000, 700
LANES = [("main", "ETHUSDT"), ("main", "BTCUSDT"), ("net", "ETHUSDT")]
HEALTHY = ("net", "BTCUSDT")  # no order of it meets a fault, and no person touches it
ORDER_FAULTS = [
    "drop-reply", "drop-request", "reset-reply", "late:ms=400", "late:ms=1300", "status-after", "status",
    "garbage-after", "empty", "429", "code=40010", "code-after=45001", "code=40200", "code=40762", "code-after=40762",
    "hang:ms=400", "hang:ms=1600", "code-then-runs=40010:ms=600", "code-then-runs=40725:ms=1800",
    "status-then-runs=503:ms=1500", "live:ms=500", "live:ms=3000", "live-then-canceled:ms=700",
    "live-then-canceled:ms=3000",
]  # fmt: skip
READ_FAULTS = [
    "all-position:status", "single-position:garbage", "detail:drop-reply", "orders-history:status",
    "all-position:odd-row", "orders-history:odd-row", "orders-pending:odd-row", "detail:code=40014",
    "orders-pending:code=40014", "single-position:429", "all-position:drop-request",
]  # fmt: skip
LAGGING = ["all-position", "single-position", "detail", "orders-history", "orders-pending"]
READS = [*LAGGING, "*"]
REFUSED = [f"{read}:code=40014" for read in ("detail", "orders-history", "orders-pending")]
BRAKES = ", brakes: {flips: 1000, window: 1m, cooldown: 1m}"
SERVED_SECONDS = 6.0
SAID_SECONDS = 6.0


class Trading(RuleBasedStateMachine):
    """A day. `url` is a PostgreSQL's, for which each process is a node; None: SQLite, on one machine."""

    def __init__(self, url=None):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        folder, self.started = Path(self.folder.name), time.monotonic()
        terms = f", late_reads: {LATE_READS_MS}ms, answered_doubt: {ANSWERED_DOUBT_MS}ms"
        self.url, self.clocks = url, [SteppedClock()]
        self.desk = Desk(folder, ledger=url, account=terms, now=self.clocks[0])
        self.ledger = open_ledger(url or f"sqlite:///{folder}/ledger.db")
        self.ledger.migrate()
        exchange = self.exchange = self.desk.exchange
        exchange.later = WatchedLater(exchange.lock, lambda: in_flight(self.ledger))
        self.desk.run()
        self.text = self.desk.path.read_text()
        self.story, self.came = [], {}
        self.lag_ms = self.skews = 0
        self.refused = self.unhealthy = False

    def tell(self, *what):
        self.story.append(f"{time.monotonic() - self.started:6.2f}  {' '.join(map(str, what))}")

    # Signals

    def send(self, lane, wanted, node=0, **more):
        account, symbol = lane
        fields = {"account": "net"} if account == "net" else more
        runner = self.desk.runners[node % len(self.desk.runners)]
        came = time.time() * 1000
        try:
            receipt = self.desk.signal(wanted, runner, symbol, **fields)
        except AlertRefused as error:
            return self.tell("refused", lane, wanted, error)
        self.came.setdefault(receipt, came)
        return self.tell("signal", lane, wanted, fields, receipt)

    @rule(
        lane=st.sampled_from(LANES),
        wanted=st.sampled_from(["long", "short"]),
        fault=st.sampled_from(ORDER_FAULTS),
        times=st.sampled_from([1, 1, 2]),
        more=st.sampled_from([{}, {}, {"size": "0.5"}, {"open": "2"}]),
        node=st.integers(0, 1),
    )
    def signal_meets_a_fault(self, lane, wanted, fault, times, more, node):
        account, symbol = lane
        for endpoint in ("click-backhand", "place-order"):
            self.desk.fault(f"{endpoint}:{fault}:times={times}:account={account}:symbol={symbol}")
        self.tell("fault", lane, fault, times)
        self.send(lane, wanted, node, **more)

    @rule(
        lane=st.sampled_from(LANES),
        wanted=st.lists(st.sampled_from(["long", "short"]), min_size=1, max_size=3),
        more=st.sampled_from([{}, {}, {"size": "0.5"}, {"open": "2"}]),
        node=st.integers(0, 1),
    )
    def signals(self, lane, wanted, more, node):
        for each in wanted:
            self.send(lane, each, node, **more)

    @precondition(lambda self: not self.unhealthy)
    @rule()
    def healthy_lane_is_served(self):
        account, symbol = HEALTHY
        (held,) = self.desk.held(account, symbol)
        before = self.posts(HEALTHY)
        self.send(HEALTHY, {"long": "short", "short": "long"}[held])
        self.desk.wait_for(lambda: self.posts(HEALTHY) > before, SERVED_SECONDS)

    def posts(self, lane):
        journal = list(self.exchange.journal)
        return sum((entry["account"], entry["body"].get("symbol")) == lane for entry in journal)

    # The exchange

    @rule(fault=st.sampled_from(READ_FAULTS), times=st.integers(1, 3))
    def reads_fail(self, fault, times):
        self.unhealthy = True
        self.desk.fault(f"{fault}:times={times}")
        self.tell("fault", fault, times)

    @rule(read=st.sampled_from(LAGGING), ms=st.sampled_from([200, 600]), times=st.integers(1, 6))
    def reads_lag(self, read, ms, times):
        self.unhealthy, self.lag_ms = True, max(self.lag_ms, ms)
        self.desk.fault(f"{read}:stale:ms={ms}:times={times}")
        self.tell("lag", read, ms, times)

    @rule(read=st.sampled_from([*LAGGING, "*"]))
    def a_reply_is_skewed(self, read):
        self.skews += 1  # no two agree
        self.desk.fault(f"{read}:skew:1:ms={40_000 + 10_000 * self.skews}")
        self.tell("skew", read)

    @rule()
    def records_are_refused(self):
        if not self.refused:
            self.refused = True
            for fault in REFUSED:
                self.desk.fault(fault)
            self.tell("records refused")

    @rule(account=st.sampled_from(["main", "net"]))
    def a_grid_bot_fills_pages(self, account):
        ask = {"account": account, "symbol": "SOLUSDT", "count": 120}
        requests.post(f"{self.desk.simulator.url}/simulator/pending", json=ask, timeout=5).raise_for_status()
        self.tell("resting orders", account)

    @rule(
        lane=st.sampled_from(LANES),
        how=st.sampled_from(["turn", "close", "add"]),
        source=st.sampled_from(["market", "reverse"]),
    )
    def a_person_moves(self, lane, how, source):
        account, symbol = lane
        held = self.desk.held(account, symbol)
        long, short = held.get("long", "0"), held.get("short", "0")
        if how == "turn":
            long, short = short, long
        elif how == "close":
            long = short = "0"
        else:
            side = "long" if account == "main" or not held else next(iter(held))
            long, short = (str(Decimal(size) + (name == side)) for name, size in (("long", long), ("short", short)))
        self.desk.move(account, symbol, source, long=long, short=short)
        self.tell("by hand", lane, how, held, "→", long, short)

    # The executor's side

    @rule(ms=st.sampled_from([50, 300, 800]))
    def time_passes(self, ms):
        time.sleep(ms / 1000)

    @rule()
    def a_process_comes_or_goes(self):
        if len(self.desk.runners) < 2:
            if self.url:
                self.clocks.append(SteppedClock())  # another machine's
            self.desk.start(self.clocks[-1])
            self.tell("a process joins")
        else:
            self.desk.runners.pop(0).stop(drain_seconds=0)
            self.tell("a process leaves")

    @rule(which=st.integers(0, 1), seconds=st.sampled_from([-300, -60, -2, 1, 2, 15, 60, 300]))
    def a_clock_is_stepped(self, which, seconds):
        self.clocks[which % len(self.clocks)].step(seconds=seconds)
        self.tell("clock", which, "stepped by", seconds)

    @rule(change=st.sampled_from(["comment", "brakes", "no symbol", "back"]))
    def config_is_saved(self, change):
        """All venues are opened anew for `brakes`; the orders of a symbol that is gone are kept or ended loudly."""
        self.unhealthy = True
        lines = self.text.splitlines(keepends=True)
        if change == "comment":
            lines.insert(1, f"# saved at {time.monotonic()}\n")
        elif change == "brakes":
            lines = [line.replace("USDT}", f"USDT{BRAKES}}}") if "BTCUSDT: {" in line else line for line in lines]
        elif change == "no symbol":
            lines = [line for line in lines if "BTCUSDT: {" not in line]
        self.save("".join(lines))
        self.tell("config saved:", change)

    def save(self, text):
        new = self.desk.path.with_suffix(".new")
        new.write_text(text)
        new.replace(self.desk.path)

    # The end

    def teardown(self):
        try:
            self.quiet()
        finally:
            self.desk.close()
            self.ledger.close()
            self.folder.cleanup()

    def quiet(self):
        """No trouble any more: everything ends. What the exchange keeps waiting happens at last."""
        untold_yet = self.reasons()
        self.tell("quiet")
        self.exchange.faults.clear()
        requests.delete(f"{self.desk.simulator.url}/simulator/pending", json={"account": "main"}, timeout=5)
        self.save(self.text)
        deadline = time.monotonic() + 40
        while self.ledger.queries.overview(1).waiting:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        self.desk.hasten()
        self.desk.wait_for(lambda: all(each.name != "simulator-later" for each in threading.enumerate()))
        terms = Terms(int(LIFETIME.total_seconds() * 1000), ANSWERED_DOUBT_MS, self.lag_ms)
        findings = Oracle(self.exchange, self.ledger.queries.orders(limit=1000), self.came, terms).judge()
        told = [str(finding) for finding in findings] + untold_yet
        assert not told, "\n".join(["", *told, *self.story, *map(str, self.exchange.journal)])

    def reasons(self):
        """The doubts that do not say why they last, after the executor had time to say so."""
        untold = Untold(self.ledger, self.exchange, "40014" if self.refused else None)
        read_as_now = time.monotonic()
        while found := untold.found():
            if any(fault["times"] and fault["endpoint"] in READS for fault in self.exchange.faults.to_json()):
                read_as_now = time.monotonic()  # what can be read will change once more
            if wrong := [why for since, why in found if time.monotonic() - max(since, read_as_now) > SAID_SECONDS]:
                return wrong
            time.sleep(0.1)
        return []
