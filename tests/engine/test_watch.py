"""The watch goes on, whatever a read ends in, and one of all processes reads for the others."""

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from executor.bitget.positions import PositionsRead
from executor.bitget.reads import ReadFailed, ReadRefused
from executor.core.contract import Market
from executor.core.position import Position
from executor.engine.accounts import watch as watching_module
from executor.engine.accounts.shared_reads import SharedReads
from executor.engine.accounts.watch import NOT_ASKED, Watch
from executor.ledger import Node, open_ledger

COIN, USDT = Market("BTCUSD", "COIN-FUTURES", "BTC"), Market("ETHUSDT", "USDT-FUTURES", "USDT")
USDC = Market("ETHPERP", "USDC-FUTURES", "USDC")
LONG = {"symbol": "ETHUSDT", "marginCoin": "USDT", "holdSide": "long", "total": "10", "posMode": "hedge_mode"}
LEASE = timedelta(seconds=5)


class Exchange:
    """Its reads end, product type by product type, in the mistakes that are given, and then well."""

    account = "main"

    def __init__(self, mistakes=None):
        self.mistakes, self.asked = mistakes or {}, []

    def positions(self, product_type):
        self.asked.append(time.monotonic())
        if mistakes := self.mistakes.get(product_type):
            raise mistakes.pop()
        return PositionsRead.of([LONG], time.monotonic())


@contextmanager
def watching(exchange, reads, markets=(COIN, USDT)):
    """A watch, once it has read `reads` times."""
    enough = threading.Semaphore(0)
    watch = Watch(exchange, markets, enough.release, max_age_seconds=0.1)
    watch.start()
    assert all(enough.acquire(timeout=10) for _ in range(reads))
    yield watch
    watch.stop()


def test_a_refused_product_type_leaves_the_others_readable():
    refused = [ReadRefused("the COIN-FUTURES positions", "not open to this account")] * 99
    with watching(Exchange({COIN.product_type: refused}), reads=2) as watch:
        assert watch.latest(USDT, 0)
        assert watch.latest(COIN, 0) is None
        assert watch.trouble == "reading the COIN-FUTURES positions was refused: not open to this account"


def test_it_outlives_a_mistake_of_ours():
    with watching(Exchange({USDT.product_type: [ZeroDivisionError("a bug")]}), reads=4) as watch:
        assert watch.latest(USDT, 0)


def test_reads_of_all_product_types_keep_their_distance():
    exchange = Exchange()
    with watching(exchange, reads=6, markets=(COIN, USDT, USDC)) as watch:
        watch.nudge()
        pauses = [later - sooner for sooner, later in zip(exchange.asked, exchange.asked[1:], strict=False)]
    assert min(pauses) >= 0.24, "a pause counts from just before its request"


def test_after_asking_too_often_it_waits():
    often = ReadFailed("the positions", "asked too often", timedelta(seconds=0.8))
    exchange = Exchange({USDT.product_type: [often]})
    with watching(exchange, reads=1, markets=[USDT]) as watch:
        watch.nudge()
        assert exchange.asked[1] - exchange.asked[0] >= 0.8
        assert watch.able


def test_one_that_fails_for_long_lets_another_try(monkeypatch):
    monkeypatch.setattr(watching_module, "UNABLE_SECONDS", 0.3)
    exchange = Exchange({USDT.product_type: [ReadFailed("the positions", "no connection")] * 3})
    watch = Watch(exchange, [USDT], lambda: None, max_age_seconds=0.1)
    watch.start()
    wait_for(lambda: not watch.able)
    wait_for(lambda: watch.able)
    assert watch.trouble is None
    watch.stop()


class Pair:
    """Two processes with one account and one ledger: `here` reads, `there` does not."""

    def __init__(self, folder):
        self.ledger = open_ledger(f"sqlite:///{folder}/ledger.db")
        self.ledger.migrate()
        self.exchange, self.reads = {"here": Exchange(), "there": Exchange()}, {"here": 0, "there": 0}
        for node in ("here", "there"):
            self.ledger.nodes.join(Node(node, "host", 1), LEASE)
            self.ledger.nodes.heartbeat(node, LEASE, {"main": None})
        self.here, self.there = self.watch("here"), self.watch("there")
        self.here.hold(time.monotonic() + 60, processes=2)
        self.there.follow(None)

    def watch(self, node):
        def count():
            self.reads[node] += 1

        shared = SharedReads(self.ledger, node, "main")
        watch = Watch(self.exchange[node], [USDT], count, shared=shared)
        watch.start()
        return watch

    def close(self):
        self.here.stop()
        self.there.stop()
        for watch in (self.here, self.there):
            watch._thread.join()
        self.ledger.close()


@pytest.fixture
def pair(tmp_path):
    pair = Pair(tmp_path)
    yield pair
    pair.close()


def now():
    return datetime.now(UTC)


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


def test_one_process_reads_and_the_other_knows(pair):
    start = time.monotonic()
    assert wait_for(lambda: pair.there.latest(USDT, start)).position == Position(long=Decimal(10))
    assert not pair.exchange["there"].asked


def test_it_looks_for_newer_reads_only_while_they_are_wanted(pair, monkeypatch):
    monkeypatch.setattr(watching_module, "WANTED_SECONDS", 0.5)
    wait_for(lambda: pair.reads["here"] >= 2)
    assert not pair.reads["there"]
    pair.there.latest(USDT, time.monotonic())
    wait_for(lambda: pair.reads["there"])
    seen, read = pair.reads["there"], pair.reads["here"]
    wait_for(lambda: pair.reads["here"] >= read + 3)
    assert pair.reads["there"] <= seen + 1


def test_what_will_be_asked_later_is_not_looked_for(pair):
    start = time.monotonic()
    wait_for(lambda: pair.there.latest(USDT, start))
    assert pair.there.latest(USDT, time.monotonic() + 5) is None


def test_a_process_whose_watch_was_taken_reads_no_more(pair):
    wait_for(lambda: pair.reads["here"])
    pair.ledger.nodes.leave("here")
    assert pair.ledger.nodes.heartbeat("there", LEASE, {"main": None}).watches["main"].mine
    pair.there.hold(time.monotonic() + 60, processes=2)
    wait_for(lambda: not pair.here._is_mine)
    asked = len(pair.exchange["here"].asked)
    wait_for(lambda: len(pair.exchange["there"].asked) >= 3)
    assert len(pair.exchange["here"].asked) == asked


def test_a_hold_that_is_not_prolonged_ends(pair):
    pair.here.hold(time.monotonic() + 0.2, processes=2)
    wait_for(lambda: not pair.here._is_mine)
    asked = len(pair.exchange["here"].asked)
    pair.there.hold(time.monotonic() + 60, processes=1)
    wait_for(lambda: len(pair.exchange["there"].asked) >= 4)
    assert len(pair.exchange["here"].asked) <= asked + 1, "a read may have been under way"


def test_the_only_process_reads_whatever_its_ledger_does(pair):
    pair.here.hold(time.monotonic(), processes=1)
    asked = len(pair.exchange["here"].asked)
    assert wait_for(lambda: len(pair.exchange["here"].asked) >= asked + 2)
    assert pair.here.latest(USDT, 0).position == Position(long=Decimal(10))


def test_the_trouble_of_the_process_that_reads_is_told(pair):
    pair.there.follow("the key was revoked")
    assert pair.there.trouble == "the key was revoked"
    pair.there.follow(None)
    assert pair.there.trouble is None


def test_before_its_first_heartbeat_it_reads_nothing(tmp_path):
    exchange = Exchange()
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    watch = Watch(exchange, [USDT], lambda: None, shared=SharedReads(ledger, "here", "main"))
    watch.start()
    assert watch.trouble == NOT_ASKED
    watch.hold(time.monotonic() + 60, processes=1)
    wait_for(lambda: exchange.asked)
    watch.stop()
    ledger.close()
