"""Strangers who make work, through the shipped nginx, and right alerts beside them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.deploy.proxies import Proxy
from tests.deploy.storm import Open, storm, waits
from tests.web.test_lockout import From

pytestmark = pytest.mark.xdist_group("deploy")
TRADINGVIEW_SECONDS = 3  # that it waits for an answer
ONE_OF_THEIRS, OF_TRADINGVIEW, STRANGER = "52.89.214.238", "127.0.3.1", "127.0.3.2"


@pytest.fixture
def fresh(tmp_path):
    """A server that has seen no wrong attempt yet."""
    fresh = Open(tmp_path)
    yield fresh
    fresh.stop()


@pytest.fixture
def nginx(fresh, tmp_path):
    """As shipped, but that one of TradingView's addresses is of this machine."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    upstream, changed = fresh.url.removeprefix("http://"), [(ONE_OF_THEIRS, OF_TRADINGVIEW)]
    proxy = Proxy("nginx", folder, upstream, fresh.certificate, fresh.proxy_secret, changed=changed)
    yield proxy
    proxy.stop()


@pytest.mark.parametrize("addresses", [1, 200])
def test_dear_bodies_on_200_connections_delay_no_right_alert(fresh, nginx, addresses):
    with storm(nginx.url, fresh.certificate[0], addresses) as told:
        seconds, statuses = waits(lambda: fresh.send("here", nginx), 20, 0.2)
    assert statuses == {202}
    assert seconds[-1] < TRADINGVIEW_SECONDS
    (answers,) = told
    assert answers["429"] > answers["401"] > 0


@pytest.mark.parametrize("address", [OF_TRADINGVIEW, STRANGER])
def test_only_tradingview_may_send_hundreds_of_alerts_at_once(fresh, nginx, address):
    def send(_):
        with requests.Session() as session:
            session.trust_env, session.verify = False, fresh.certificate[0]
            session.mount("https://", From(address))
            alert = fresh.alert("long") | {"secret": fresh.of_senders["here"]}
            return session.post(f"{nginx.url}/hook/here", json=alert, timeout=20).status_code

    with ThreadPoolExecutor(50) as pool:
        statuses = Counter(pool.map(send, range(400)))
    if address == OF_TRADINGVIEW:
        assert statuses == {202: 400}
    else:
        assert set(statuses) == {202, 503}
