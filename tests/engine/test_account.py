"""What a reversal needs to know is known before it is needed."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from structlog.testing import capture_logs

from executor.bitget.answers import InDoubt, NotDone
from executor.bitget.exchange import BitgetExchange
from executor.config import load
from executor.core.position import PositionMode
from executor.core.reversal import Operation, Request
from executor.engine.accounts import upkeep
from executor.engine.accounts.account import WARM_CONNECTIONS, Account
from executor.engine.accounts.accounts import warm_connections
from tests.desk import SECRET, Desk


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_a_reversal_asks_nothing_first(desk):
    desk.run()
    for endpoint in ("single-position", "account", "contracts"):
        desk.fault(f"{endpoint}:status")
    assert desk.end(desk.signal("short")).state.value == "confirmed"


def test_orders_that_leave_together_find_open_connections(desk):
    desk.fault("time:delay:ms=1000")  # near by, one connection would be free again before the next is asked for
    desk.fault("click-backhand:delay:ms=500")
    config = load(desk.path, {"SECRET": SECRET})
    account = Account(config.accounts["main"], [symbol.market for symbol in config.symbols.values()], lambda: None)
    account.start()
    with closing(account):
        pool = desk.wait_for(lambda: pool_of(account.exchange, WARM_CONNECTIONS))
        opened = pool.num_connections
        answers = send_together(account.exchange, 10)
        assert pool.num_connections == opened, "none was opened for them, nor for the watch beside them"
        assert not [answer for answer in answers if isinstance(answer, NotDone | InDoubt)]


def pool_of(exchange, connections):
    """The exchange's one pool, once that many connections of it wait to be used."""
    manager = exchange._transport._session.get_adapter("http://").poolmanager
    pools = [manager.pools[key] for key in manager.pools.keys()]  # noqa: SIM118 - urllib3's container is no mapping
    return next((pool for pool in pools if idle(pool) >= connections), None)


def idle(pool):
    return sum(connection is not None and connection.is_connected for connection in list(pool.pool.queue))


def send_together(exchange, number):
    request = Request(Operation.REVERSE, {"symbol": "ETHUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"})
    start = threading.Barrier(number, timeout=10)

    def send(place):
        signed = exchange.sign(request, f"x-{place}")
        start.wait()
        return exchange.send(signed)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(send, range(number)))


@pytest.mark.parametrize(("accounts", "each"), [(1, 11), (2, 8), (4, 4), (16, 1), (100, 1)])
def test_many_accounts_together_ask_no_more_than_an_address_may(accounts, each):
    assert warm_connections(accounts) == each


def test_what_changes_rarely_is_not_asked_for_in_every_round(desk, monkeypatch):
    asked = []
    for read in ("account_mode", "contract", "contracts", "warm"):
        monkeypatch.setattr(BitgetExchange, read, noted(getattr(BitgetExchange, read), read, asked))
    rounds = noted(BitgetExchange.positions, "positions", asked)
    monkeypatch.setattr(BitgetExchange, "positions", rounds)
    desk.run()
    desk.wait_for(lambda: asked.count("positions") >= 5)  # of two accounts
    assert Counter(asked) - Counter(["positions"] * 99) == {"account_mode": 2, "contracts": 2, "warm": 2}


def noted(real, name, asked):
    def called(*arguments, **named):
        asked.append(name)
        return real(*arguments, **named)

    return called


def test_a_refused_mode_is_asked_for_again(desk):
    account = desk.run().accounts.get("main")
    desk.wait_for(lambda: account._upkeep._chores["modes"].due > 0)
    account.forget_mode()
    assert desk.wait_for(lambda: account._modes) == {"USDT-FUTURES": PositionMode.HEDGE}


def test_endpoints_that_hang_do_not_hold_up_the_watch(desk, monkeypatch):
    for endpoint in ("time", "contracts", "account"):
        desk.fault(f"{endpoint}:delay:ms=5000")
    asked = []
    monkeypatch.setattr(BitgetExchange, "positions", noted(BitgetExchange.positions, "positions", asked))
    runner = desk.start()
    desk.wait_for(lambda: len(asked) >= 6, seconds=4.5)  # of two accounts, once a second
    assert runner.accounts.troubles() == {}


def test_what_could_not_be_read_is_read_soon_and_told_once(desk, monkeypatch):
    monkeypatch.setattr(upkeep, "AFTER_TROUBLE_SECONDS", 0.01)
    desk.fault("contracts:status:6")  # two accounts
    with capture_logs() as logs:
        desk.run()
    assert Counter(entry["account"] for entry in logs if entry["event"] == "upkeep failed") == {"main": 1, "net": 1}
    assert desk.exchange.faults.to_json() == []
