"""Where an alert comes from: what trusted proxies tell counts, and nothing that a client tells."""

import json

import pytest
import requests
from werkzeug.test import create_environ

from executor.config import Proxies
from executor.web.proxies import ProxyTrust
from tests.served import Served, by_command
from tests.web.wire import http, say

TRADINGVIEW, REAL = "52.89.214.238", "203.0.113.9"


def address(hops, *forwarded):
    """The client's address as the application sees it; the request comes from 127.0.0.1."""
    seen = []

    def app(environ, start_response):
        seen.append(environ["REMOTE_ADDR"])
        return []

    headers = [("X-Forwarded-For", ",".join(forwarded))] if forwarded else []  # as gunicorn joins several
    environ = create_environ(headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    ProxyTrust(app, Proxies.model_construct(hops=hops))(environ, None)
    return seen[0]


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (0, [], "127.0.0.1"),
        (0, [TRADINGVIEW], "127.0.0.1"),
        (1, [], "127.0.0.1"),  # sent from this machine, past the proxy
        (1, [REAL], REAL),
        (1, [f"{TRADINGVIEW}, {REAL}"], REAL),
        (1, [TRADINGVIEW, REAL], REAL),
        (1, [f"{TRADINGVIEW}, , {REAL}"], REAL),
        (1, ["::ffff:203.0.113.9"], "::ffff:203.0.113.9"),
        (1, [f"{REAL}:5678"], REAL),
        (1, [f"{TRADINGVIEW}:1, {REAL}:5678 "], REAL),
        (1, ["[2001:db8::9]:443"], "2001:db8::9"),
        (1, ["[2001:db8::9]"], "2001:db8::9"),
        (1, ["2001:db8::9"], "2001:db8::9"),
        (1, [f"{REAL}:5678:9"], f"{REAL}:5678:9"),  # no address, so from nowhere that counts
        (2, [f"{REAL}, 10.0.0.1"], REAL),
        (2, [f"{TRADINGVIEW}:443, {REAL}:443, 10.0.0.1:443"], REAL),
        (2, [f"{TRADINGVIEW}, {REAL}, 10.0.0.1"], REAL),
        (2, [REAL], ""),  # past the outer proxy: not known, least of all that it was from this machine
        (2, [f'{TRADINGVIEW}, ", {REAL}, 10.0.0.1'], REAL),
        (2, [f'{TRADINGVIEW}, "{REAL}", 10.0.0.1'], REAL),
        (2, [f'{TRADINGVIEW}, "\\', f"{REAL}, 10.0.0.1"], REAL),
        (3, [f'{TRADINGVIEW}, ", {REAL}, 10.0.0.2, 10.0.0.1'], REAL),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(hops, forwarded, seen):
    assert address(hops, *forwarded) == seen


class Fenced(Served):
    """The shipped config.yaml with its sender's networks in force."""

    def __init__(self, folder, proxies):
        self.proxies = proxies
        super().__init__(folder, by_command)

    def text(self):
        text = super().text().replace("# networks: [tradingview]", "networks: [tradingview]")
        return text.replace("version: 1\n", f"version: 1\n{self.proxies}", 1)

    def status(self, *forwarded):
        headers = {"X-Forwarded-For": ", ".join(forwarded)} if forwarded else {}
        with requests.Session() as session:
            session.trust_env = False
            body = json.dumps(self.alert("long"))
            return session.post(f"{self.url}/hook/tradingview", body, headers=headers, timeout=20).status_code

    def status_of_lines(self, *lines):
        return say(self.url, http(json.dumps(self.alert("long")).encode(), *lines, "Connection: close")).statuses


def test_only_alerts_from_the_sender_s_networks_get_in(tmp_path):
    served = Fenced(tmp_path, "proxies: 1\n")
    try:
        statuses = [served.status(*forwarded) for forwarded in (
            (), (REAL,), (TRADINGVIEW, REAL), ("52.89.214.239",), ("nonsense",), (f'"{TRADINGVIEW}, {REAL}',),
        )]  # fmt: skip
        assert statuses == [401] * 6
        for let_in in (TRADINGVIEW, "52.32.178.7", f"::ffff:{TRADINGVIEW}", "::FFFF:3459:D6EE"):
            assert served.status(REAL, let_in) == 202
        twice = [f"X-Forwarded-For: {TRADINGVIEW}", f"X-Forwarded-For: {REAL}"]
        assert served.status_of_lines(*twice) == [401], "the last line is the proxy's"
        assert served.status_of_lines(*reversed(twice)) == [202]
        assert served.status_of_lines(twice[1], f"X_Forwarded_For: {TRADINGVIEW}") in ([400], [401])
        assert "proxy not configured" not in served.log.read_text()
        assert "config warning" not in served.log.read_text()
    finally:
        served.stop()


def test_without_proxies_nothing_forwarded_counts_and_the_log_says_so_once(tmp_path):
    served = Fenced(tmp_path, "")
    try:
        assert "config warning" in served.log.read_text()
        assert [served.status(), served.status(TRADINGVIEW), served.status(TRADINGVIEW)] == [401] * 3
        served.wait_for(lambda: "proxy not configured" in served.log.read_text())
        assert served.log.read_text().count("proxy not configured") == 1
    finally:
        served.stop()
