"""The watch goes on, whatever a read ends in: without it no accepted order would be verified."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime

from executor.bitget.positions import PositionsRead
from executor.bitget.reads import ReadRefused
from executor.core.contract import Market
from executor.engine.watch import Watch

COIN, USDT = Market("BTCUSD", "COIN-FUTURES", "BTC"), Market("ETHUSDT", "USDT-FUTURES", "USDT")


class Exchange:
    """Its reads end, product type by product type, in the mistakes that are given, and then well."""

    account = "main"

    def __init__(self, mistakes):
        self.mistakes = mistakes

    def positions(self, product_type):
        if mistakes := self.mistakes.get(product_type):
            raise mistakes.pop()
        return PositionsRead.of([], datetime.now(UTC))


@contextmanager
def watching(exchange, reads):
    """A watch, once it has read so many times."""
    enough = threading.Semaphore(0)
    watch = Watch(exchange, [COIN, USDT], enough.release, max_age_seconds=0.1)
    watch.start()
    assert all(enough.acquire(timeout=10) for _ in range(reads))
    yield watch
    watch.stop()


def test_a_product_type_that_is_refused_keeps_nobody_from_the_others():
    refused = [ReadRefused("the COIN-FUTURES positions", "not open to this account")] * 99
    with watching(Exchange({COIN.product_type: refused}), reads=2) as watch:
        assert watch.latest(USDT, 0)
        assert watch.latest(COIN, 0) is None
        assert watch.trouble == "reading the COIN-FUTURES positions was refused: not open to this account"


def test_it_outlives_a_mistake_of_ours():
    with watching(Exchange({USDT.product_type: [ZeroDivisionError("a bug")]}), reads=4) as watch:
        assert watch.latest(USDT, 0)
