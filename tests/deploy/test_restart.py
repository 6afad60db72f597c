"""A restart of the server while alerts come through the shipped nginx: none is lost, none is executed twice."""

import signal
import socket
from collections import Counter
from contextlib import closing
from decimal import Decimal

import pytest
import requests

from executor.core.order import State
from executor.ledger import open_ledger
from executor.simulator import AccountSettings, Settings
from executor.simulator.contracts import USDT, Contract
from tests.deploy import certificates
from tests.deploy.proxies import Proxy, program
from tests.deploy.resending import ANSWER_SECONDS, Resending
from tests.served import Served, by_gunicorn

pytestmark = pytest.mark.xdist_group("deploy")
RATE = 20
SYMBOLS = [f"S{number}USDT" for number in range(400)]  # a lane for each alert; about 250 are used
BEFOREHAND = 20  # alerts
CONFIG = """\
version: 1
ledger: sqlite:///{folder}/executor.db
proxies: {{hops: 1, secret: "{secret}"}}
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}", rate_limit: 1000}}
senders:
  tradingview: {{secrets: ["{secret}"]}}
rules:
  - {{name: all, when: {{strategy: trend}}, symbol: "{{{{ ticker }}}}", target: "{{{{ market_position }}}}"}}
symbols:
"""


class ManyLanes(Served):
    """gunicorn with deploy/gunicorn.conf.py, behind deploy/nginx.conf. Every symbol is held long."""

    def __init__(self, folder):
        program("nginx")
        super().__init__(folder, by_gunicorn)
        self.certificate = certificates.server().saved(folder)
        upstream, changed = self.url.removeprefix("http://"), [("52.89.214.238", "127.0.0.1")]
        (folder / "nginx").mkdir()
        self.nginx = Proxy("nginx", folder / "nginx", upstream, self.certificate, self.secret, changed=changed)
        self.hook = f"{self.nginx.url}/hook/tradingview"

    def exchange(self):
        contracts = tuple(Contract.declared(symbol, USDT, "USDT") for symbol in SYMBOLS)
        held = {(symbol, "long"): Decimal(10) for symbol in SYMBOLS}
        return Settings((AccountSettings("main", positions=held),), contracts, rate_limits=False)

    def text(self):
        lines = [f"  {symbol}: {{product_type: USDT-FUTURES, margin_coin: USDT}}\n" for symbol in SYMBOLS]
        return CONFIG.format(folder=self.folder, url=self.simulator.url, secret=self.secret) + "".join(lines)

    def stop(self):
        if hasattr(self, "nginx"):
            self.nginx.stop()
        return super().stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = ManyLanes(tmp_path_factory.mktemp("restart"))
    yield served
    served.stop()


def recorded(served):
    """The ledger's orders, once all have ended."""
    with closing(open_ledger(f"sqlite:///{served.folder}/executor.db")) as ledger:

        def ended():
            orders = ledger.queries.orders(limit=1000)
            return orders if all(order.state.final for order in orders) else None

        return served.wait_for(ended, 60)


def test_restarts_lose_and_double_nothing(served):
    def alert(symbol):
        return served.alert("short", ticker=symbol)

    sending = Resending(served.hook, served.certificate[0], RATE, SYMBOLS, alert)
    sending.start()
    for _ in range(2):
        # one restart at a time: what the one before has refused was sent again
        served.wait_for(lambda: len(sending.sent) >= BEFOREHAND and not sending.refused, 60)
        served.restart()
    sending.stop()
    orders = recorded(served)

    executed = Counter(entry["body"]["symbol"] for entry in served.journal() if entry["executed"])
    assert [sent for sent in sending.sent if executed[sent.symbol] != 1] == []
    assert {sent.receipt: sent.symbol for sent in sending.sent if sent.receipt}.items() <= {
        (order.receipt, order.intent.symbol) for order in orders
    }
    assert Counter(order.state for order in orders) == {State.CONFIRMED: len(sending.sent)}
    assert any(len(sent.answers) > 1 for sent in sending.sent), "the restarts were seen"


def test_ending_server_refuses_new_alerts(served):
    """Before TradingView stops waiting, also while a connection is open on which nothing is asked."""
    with requests.Session() as http, socket.create_connection(served.address):
        http.trust_env, http.verify = False, served.certificate[0]
        served.process.send_signal(signal.SIGTERM)
        while (status := http.get(served.hook, timeout=ANSWER_SECONDS).status_code) == 405:
            pass
        assert status == 502
    served.restart()
